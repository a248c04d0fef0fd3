#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The JSON that the program prints, against the published schemas.

usage: schema.py DIRECTORY-OF-SCHEMAS DIRECTORY-OF-PROGRAMS STREAMS

Prints TAP without numbers.
"""
import base64
import copy
import json
import os
import subprocess
import sys

import jsonschema

EVENT = "fswatch-err-event.schema.json"
LIST = "fswatch-err-list.schema.json"
STATUS = "fswatch-err-status.schema.json"
CHECK = "fswatch-err-check.schema.json"
FILES = "fswatch-err-files.schema.json"
RESTORE = "fswatch-err-restore.schema.json"
TEST = "fswatch-err-test.schema.json"
SCAN = "fswatch-err-scan.schema.json"

# Members that no golden output has: these names are always ASCII in a kernel
# as it is.
NEVER_SEEN = {"fstype_raw", "sb_id_raw", "layer_raw", "source_raw", "target_raw",
              "reason_raw", "found_raw", "resume_raw"}


def say(good, name):
    """One line of TAP."""
    print("ok" if good else "not ok", "-", name)
    return 0 if good else 1


class Schemas:
    """The schemas of a directory, which refer to each other by file name."""

    def __init__(self, directory):
        self.by_name = {}
        for name in sorted(os.listdir(directory)):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                self.by_name[name] = json.load(file)

    def validator(self, name):
        """What checks an object against a schema."""
        schema = self.by_name[name]
        jsonschema.Draft7Validator.check_schema(schema)
        resolver = jsonschema.RefResolver(name, schema, store=self.by_name)
        return jsonschema.Draft7Validator(schema, resolver=resolver)


def outputs(*command):
    """What a program prints: lines of JSON, or one document."""
    text = subprocess.run(command, check=True, capture_output=True).stdout
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.decode().splitlines()]


def refused(validator, obj):
    """Does the schema refuse it?"""
    return next(validator.iter_errors(obj), None) is not None


def what(obj):
    """A few words for an object."""
    words = [obj.get(key) for key in ("event", "kind", "reason", "seq")]
    return " ".join(str(word) for word in words if word is not None)


def nothing(value):
    """What is absent must not be told as null, and not as an empty string."""
    if isinstance(value, dict):
        return any(nothing(member) for key, member in value.items())
    if isinstance(value, list):
        return any(nothing(element) for element in value)
    return value is None or value == ""


def members(obj):
    """The names of all members, at any depth."""
    if isinstance(obj, dict):
        return set(obj).union(*(members(value) for value in obj.values()))
    if isinstance(obj, list):
        return set().union(*(members(value) for value in obj))
    return set()


def known_members(schema):
    """Those that a schema has, except where it refers to another."""
    found = set()
    if isinstance(schema, dict):
        found.update(name for name, member in
                     schema.get("properties", {}).items() if member)
        for value in schema.values():
            found |= known_members(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= known_members(value)
    return found


def check_outputs(schemas, found):
    """Each output fits; each member that a schema has was in some output."""
    failed = 0
    for name, objects in found.items():
        validator = schemas.validator(name)
        for obj in objects:
            errors = [error.message for error in validator.iter_errors(obj)]
            failed += say(not errors and not nothing(obj),
                          f"{name}: {what(obj)} {errors}")
        unknown = set().union(*objects) - set(schemas.by_name[name]["properties"])
        failed += say(not unknown, f"{name}: it knows all members {unknown}")
        unseen = known_members(schemas.by_name[name]) - members(objects)
        unseen -= NEVER_SEEN
        failed += say(not unseen, f"{name}: all that it knows was there {unseen}")
    return failed


def check_refusals(schemas, found):
    """What each schema must refuse, as changes of what is right."""
    every = {
        "no v": lambda o: o.pop("v"),
        "another version": lambda o: o.update(v=3),
        "a null": lambda o: o.update({next(reversed(o)): None}),
    }
    own = {
        EVENT: {
            "an unknown event": lambda o: o.update(event="oops"),
            "no kind": lambda o: o.pop("kind"),
            "seq 0": lambda o: o.update(seq=0),
            "seq without group": lambda o: o.pop("group"),
            "negative offset": lambda o: o.update(offset=-1),
            "time without Z": lambda o: o.update(time=o["time"][:-1]),
            "time with milliseconds":
                lambda o: o.update(time="2026-11-22T22:05:47.123Z"),
            "a path that is not absolute": lambda o: o.update(paths=["f"]),
            "an unknown path_state": lambda o: o.update(path_state="lost"),
            "no flags": lambda o: o.pop("flags"),
            "dev as a number": lambda o: o.update(dev=259),
            "origin without dev": lambda o: o["origin"].pop("dev"),
            "ok without paths": lambda o: o.pop("paths"),
        },
        LIST: {
            "no incomplete": lambda o: o.pop("incomplete"),
            "no damage": lambda o: o.pop("damage"),
            "damage that is news": lambda o: o["damage"][0].update(seq=1),
            "damage that is no error":
                lambda o: o["damage"][0].update(event="cleared"),
            "damage without a kind": lambda o: o["damage"][0].pop("kind"),
        },
        STATUS: {
            "no filesystems": lambda o: o.pop("filesystems"),
            "can_resolve as a number":
                lambda o: o["filesystems"][0].update(can_resolve=1),
            "dev as a number": lambda o: o["filesystems"][0].update(dev=259),
            "a count below 0": lambda o: o["kinds"].update(media=-1),
            "a ring without group": lambda o: o["rings"][0].pop("group"),
            "a device without dev":
                lambda o: o["filesystems"][0]["devices"][0].pop("dev"),
            "a source without disks": lambda o: o["sources"][0].update(disks=[]),
            "an unknown source": lambda o: o["sources"][0].update(type="floppy"),
            "a watcher without portid": lambda o: o["watchers"][0].pop("portid"),
        },
        CHECK: {
            "no files": lambda o: o.pop("files"),
            "bytes below 0": lambda o: o.update(bytes=-1),
        },
        FILES: {
            "no files": lambda o: o.pop("files"),
            "a file without ranges": lambda o: o["files"][0].pop("ranges"),
            "a range without length":
                lambda o: o["files"][0]["ranges"][0].pop("length"),
            "an empty path": lambda o: o["files"][0].update(path=""),
            "an unknown path_state":
                lambda o: o["files"][0].update(path_state="lost"),
        },
        RESTORE: {
            "an unknown result": lambda o: o["files"][0].update(result="ok"),
            "no result": lambda o: o["files"][0].pop("result"),
            "an unknown result of a range":
                lambda o: o["files"][0]["ranges"][0].update(result="ok"),
        },
        TEST: {"seq 0": lambda o: o.update(seq=0)},
        SCAN: {
            "an unknown event": lambda o: o.update(event="oops"),
            "an unknown state": lambda o: o.update(state="lost"),
            "a device without size": lambda o: o.pop("size"),
            "unread below 0": lambda o: o.update(unread=-1),
            "an end that does not say what was read": lambda o: o.update(event="end"),
        },
    }
    failed = 0
    for name, changes in own.items():
        validator = schemas.validator(name)
        for change, function in {**every, **changes}.items():
            obj = copy.deepcopy(found[name][0])
            function(obj)
            failed += say(refused(validator, obj), f"{name}: refuses {change}")
    return failed


def main():
    """All of it; returns the number of failures."""
    directory, programs, streams = sys.argv[1:]
    replay, captured, restored = (
        os.path.join(programs, name)
        for name in ("replay", "captured", "restored"))
    schemas = Schemas(directory)
    lines = outputs(replay, "json")
    found = {
        EVENT: lines + outputs(captured, streams, "json"),
        LIST: outputs(replay, "list-json") + outputs(replay, "list-empty-json")
              + outputs(captured, streams, "list-json"),
        STATUS: outputs(replay, "status-json")
                + outputs(captured, streams, "status-json"),
        CHECK: outputs(captured, streams, "check-json"),
        FILES: outputs(captured, streams, "files-json")
               + outputs(os.path.join(programs, "unit_files"), "json"),
        RESTORE: outputs(restored, "json"),
        TEST: outputs(captured, streams, "test-json"),
        SCAN: outputs(replay, "scan-json"),
    }
    failed = say(set(found) == set(schemas.by_name), "schema: all of them")
    failed += check_outputs(schemas, found)
    events = {line["event"] for line in found[EVENT]}
    failed += say(events == set(
        schemas.by_name[EVENT]["properties"]["event"]["enum"]),
                  "schema: every event was there")
    raw = next(line for line in lines if "paths_raw" in line)
    names = [base64.b64decode(name) for name in raw["paths_raw"]]
    failed += say(names == [b"/srv/a b", b"/srv/b\ttab", b"/srv/c\xff\xfe"],
                  "paths_raw: the bytes of every name")
    failed += check_refusals(schemas, found)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
