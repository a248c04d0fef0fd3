# SPDX-License-Identifier: GPL-2.0-only
"""Loads helpers of this directory that are Python programs without a suffix."""

import importlib.machinery
import importlib.util
import os

HERE = os.path.dirname(os.path.realpath(__file__))


def helper(name):
    """The module that is this program."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module
