#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The JSON lines that the program prints, against the published schema.

Prints TAP without numbers.
"""
import base64
import copy
import json
import subprocess
import sys

import jsonschema


def say(good, name):
    """One line of TAP."""
    print("ok" if good else "not ok", "-", name)
    return 0 if good else 1


def refused(validator, obj):
    """Does the schema refuse it?"""
    return next(validator.iter_errors(obj), None) is not None


def main():
    """All of it; returns the number of failures."""
    replay, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    out = subprocess.run([replay, "json"], check=True, capture_output=True)
    lines = [json.loads(line) for line in out.stdout.decode().splitlines()]
    failed = say(len(lines) == 24, f"schema: {len(lines)} lines")
    for line in lines:
        errors = [error.message for error in validator.iter_errors(line)]
        failed += say(not errors, f"schema: {line['event']} "
                      f"{line.get('kind', line.get('reason', ''))} "
                      f"{line.get('seq', '')} {errors}")

    events = {line["event"] for line in lines}
    failed += say(events == {"error", "cleared", "bulk", "test", "lost", "sync"},
                  "schema: every event was there")

    # every member that the schema knows was there, too
    members = set().union(*lines) | {"fstype_raw", "sb_id_raw", "layer_raw"}
    known = set(schema["properties"])
    failed += say(members == known, f"schema: members {members ^ known}")

    # absent things are absent: never null, and never an empty string
    empty = [key for line in lines for key, value in line.items()
             if value is None or value == "" or
             (value == [] and key != "flags")]
    failed += say(not empty, f"absent things are absent {empty}")

    raw = next(line for line in lines if "paths_raw" in line)
    names = [base64.b64decode(name) for name in raw["paths_raw"]]
    failed += say(names == [b"/srv/a b", b"/srv/b\ttab", b"/srv/c\xff\xfe"],
                  "paths_raw: the bytes of every name")

    out = subprocess.run([replay, "list-json"], check=True,
                         capture_output=True)
    damage = json.loads(out.stdout)["damage"]
    bad = [obj for obj in damage if refused(validator, obj)]
    failed += say(len(damage) == 12 and not bad,
                  f"schema: the objects of list, {len(damage)}")

    good = lines[0]
    for name, change in {
        "no v": lambda o: o.pop("v"),
        "version 2": lambda o: o.update(v=2),
        "an unknown event": lambda o: o.update(event="oops"),
        "no kind": lambda o: o.pop("kind"),
        "seq 0": lambda o: o.update(seq=0),
        "negative offset": lambda o: o.update(offset=-1),
        "time without Z": lambda o: o.update(time=o["time"][:-1]),
        "time with milliseconds":
            lambda o: o.update(time="2026-11-22T22:05:47.123Z"),
        "a null": lambda o: o.update(target=None),
        "a path that is not absolute": lambda o: o.update(paths=["f"]),
        "an unknown path_state": lambda o: o.update(path_state="lost"),
        "no flags": lambda o: o.pop("flags"),
        "dev as a number": lambda o: o.update(dev=259),
        "origin without dev": lambda o: o["origin"].pop("dev"),
        "ok without paths": lambda o: o.pop("paths"),
    }.items():
        obj = copy.deepcopy(good)
        change(obj)
        failed += say(refused(validator, obj), f"schema refuses: {name}")
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
