#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""JSON on standard input against a published schema; silent if it fits.

usage: schema.py DIRECTORY-OF-SCHEMAS SCHEMA
"""
import json
import os
import sys

import jsonschema


def main():
    """Check one object."""
    store = {}
    for name in os.listdir(sys.argv[1]):
        if not name.endswith(".schema.json"):
            continue
        with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
            store[name] = json.load(file)
    schema = store[sys.argv[2]]
    jsonschema.Draft7Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(sys.argv[2], schema, store=store)
    errors = list(jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(json.load(sys.stdin)))
    for error in errors:
        print(f"{list(error.path)}: {error.message}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
