#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The manual pages against the program: commands, options, columns, JSON, examples.

usage: pages.py PROGRAM DIRECTORY-OF-PAGES

Prints TAP without numbers.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
OVERVIEW = "fswatch-err.8"
# programs that the examples may really run; what they read is captured JSON
REAL = ("jq", "sort")
# The program has to accept what an example says. As the kernel has no family,
# JSON is what was captured where there was one.
WRAPPER = """#!/bin/bash
"$PROGRAM" "$@" >/dev/null 2>"$WORK/error"
status=$?
echo "$status $(head -n 1 "$WORK/error")" >>"$WORK/log"
case " $* " in
*" --json "* | *" -J "*)
	command=${1/#monitor/}
	captured=$EXPECTED/captured-${command:+$command-}json
	# what reads disks cannot be captured
	[ -e "$captured" ] || captured=$EXPECTED/$command-json
	/bin/cat "$captured"
	exit
	;;
esac
exit $status
"""
RUN = "command_not_found_handle() { /bin/cat >/dev/null; }; set -o pipefail; "


def say(good, name, *details):
    """One line of TAP."""
    print("ok" if good else "not ok", "-", name)
    if not good:
        for detail in details:
            print("#", detail)
    return 0 if good else 1


def read(path):
    """A file's text."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def section(page, title):
    """The lines of a section of a page."""
    match = re.search(rf"^\.Sh {title}$(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    return match.group(1) if match else ""


def page_options(text):
    """The options that a page explains, which are the tags of its lists."""
    found = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.M):
        for option in re.findall(r"\bFl (\S+)", line):
            found.add("-" + option.replace("\\-", "-"))
    return found


def help_text(program, *command):
    """A command's help."""
    return subprocess.run([program, *command, "--help"], check=True,
                          capture_output=True, text=True).stdout


def help_options(program, *command):
    """The options that a command's help has."""
    text = help_text(program, *command)
    found = set()
    for line in re.findall(r"^ +-.*$", text, re.M):
        found.update(re.findall(r"(?:^|[ ,;])(--?[a-zA-Z][a-z-]*)", line))
    return found


def check_options(program, pages, commands):
    """Every option of a command's help is in its page, and vice versa."""
    shared = {
        "selection": page_options(section(pages[OVERVIEW], "SELECTION")),
        "table options":
            page_options(section(pages["fswatch-err-list.8"], "TABLE OPTIONS")),
    }
    failed = 0
    for command in commands:
        page = pages.get(f"fswatch-err-{command}.8")
        failed += say(page is not None, f"pages: {command} has one")
        if page is None:
            continue
        found = page_options(page)
        for words, options in shared.items():
            if re.search(rf"^\.Op Ar {words}$", page, re.M):
                found |= options
        want = help_options(program, command)
        failed += say(found == want, f"pages: the options of {command}",
                      f"only in the page: {sorted(found - want)}",
                      f"only in the help: {sorted(want - found)}")
        failed += say(f"see fswatch-err-{command}(8)" in
                      help_text(program, command),
                      f"pages: the help of {command} refers to its page")
        referred = f".It Xr fswatch\\-err\\-{command} 8" in pages[OVERVIEW]
        failed += say(referred, f"pages: {OVERVIEW} refers to {command}")
    found = page_options(pages[OVERVIEW]) - shared["selection"]
    want = help_options(program)
    return failed + say(found == want, "pages: the options without a command",
                        sorted(found ^ want))


def check_columns(program, pages):
    """The columns, in their order, with the same words."""
    text = subprocess.run([program, "list", "--list-columns"], check=True,
                          capture_output=True, text=True).stdout
    want = [tuple(line.split(maxsplit=1)) for line in text.splitlines()]
    columns = section(pages["fswatch-err-list.8"], "COLUMNS")
    found = [(name, words) for name, words in re.findall(
        r"^\.It (\S+)\n(.*)$", columns.replace("\\-", "-"), re.M)]
    good = len(found) == len(want) and all(
        name == column and words.startswith(title)
        for (name, words), (column, title) in zip(found, want))
    return say(good, "pages: the columns", *set(found) ^ set(want))


def schema_words(schema):
    """The members that a schema has at any depth, and the words of its lists."""
    found = set()
    if isinstance(schema, dict):
        found.update(schema.get("properties", {}))
        found.update(schema.get("enum", []))
        for member in schema.values():
            found |= schema_words(member)
    elif isinstance(schema, list):
        for element in schema:
            found |= schema_words(element)
    return found


def check_schemas(directory, pages):
    """A command's page, or that of all of them, has every word of its schema."""
    failed = 0
    folder = os.path.join(directory, "Documentation")
    for name in sorted(os.listdir(folder)):
        command = name.split(".")[0]
        page = command.replace("event", "monitor") + ".8"
        text = pages.get(page, "") + pages[OVERVIEW]
        words = set(re.split(r"[\s,()]+", text.replace("\\-", "-")))
        # the rule for these is one for all
        missing = {word for word in schema_words(json.loads(
            read(os.path.join(folder, name)))) - words
            if not word.endswith("_raw")}
        failed += say(not missing, f"pages: {page} has the words of {name}",
                      sorted(missing))
    return failed


def examples(page):
    """The commands in the examples; recipes are run by the VM's scenarios."""
    text = section(page, "EXAMPLES")
    text = re.sub(r'^\.\\" recipe .*?^\.Ed$', "", text, flags=re.M | re.S)
    text = re.sub(r"\\e\n\s*", "", text)  # a command of more than one line
    for line in re.findall(r"^# (.*)$", text, re.M):
        yield line.replace("\\-", "-").replace("\\e", "\\")


def accepted(log):
    """Did the program accept what it was called with?"""
    return log and all(
        line.startswith("2 ") or re.search("No such file|is mounted on|neither a block device", line)
        for line in log)


def run_example(work, environment, line):
    """Run one; returns the number of failures."""
    log = os.path.join(work, "log")
    with open(log, "w", encoding="utf-8"):
        pass
    done = subprocess.run(["/bin/bash", "-c", RUN + line], check=False,
                          env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    calls = read(log).splitlines()
    good = accepted(calls)
    # what such a filter finds in the captured JSON has to be something
    if re.search(r"\| (jq|sort) [^|]*$", re.sub("'[^']*'", "", line)):
        good = good and done.returncode == 0 and done.stdout.strip()
    return say(good, f"pages: example: {line}", *calls, done.stderr)


def check_examples(program, pages):
    """Every example is something that the program takes."""
    if "fserror_nl" in read("/proc/kallsyms"):
        print("ok - pages: examples # SKIP this kernel has the family")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        tools = os.path.join(work, "bin")
        os.mkdir(tools)
        for tool in REAL:
            os.symlink(shutil.which(tool), os.path.join(tools, tool))
        # the wrapper's own needs
        os.symlink(shutil.which("head"), os.path.join(tools, "head"))
        wrapper = os.path.join(tools, "fswatch-err")
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write(WRAPPER)
        os.chmod(wrapper, 0o755)
        environment = {
            **os.environ, "PATH": tools, "WORK": work, "PROGRAM": program,
            "EXPECTED": os.path.join(HERE, "expected"),
        }
        for page in pages.values():
            for line in examples(page):
                failed += run_example(work, environment, line)
    return failed


def main():
    """All of it; returns the number of failures."""
    program, directory = sys.argv[1:]
    man = os.path.join(directory, "man")
    pages = {name: read(os.path.join(man, name))
             for name in sorted(os.listdir(man)) if name.endswith(".8")}
    commands = help_text(program).split("Commands:")[1]
    commands = re.findall(r"^ ([a-z]+) ", commands, re.M)
    commands = [command for command in commands if command != "help"]
    failed = say(len(commands) > 4, f"pages: the commands are {commands}")
    failed += check_options(program, pages, commands)
    failed += check_columns(program, pages)
    failed += check_schemas(directory, pages)
    return failed + check_examples(program, pages)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
