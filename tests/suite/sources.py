# SPDX-License-Identifier: GPL-2.0-only
"""Run each source of tests and read what it says."""

import glob
import os
import re
import subprocess
import time

from . import header
from .tap import Report

# What a kernel needs to boot under TCG with all its checks, and to be scanned for
# leaks at the end; in seconds.
BOOT_ALLOWANCE = 240
FILE_TIMEOUT = 600
# of a table of the benchmark in its quick form, on the debug kernel
BENCH_TIMEOUT = 600

# What make test runs with two CPUs and kmemleak, besides KUnit and the kselftests: together
# they take half of the time under TCG. make test-all runs every boot so, and so is
# what is asked for by name.
THOROUGH = ("flow-random",)

BEGIN = re.compile(r"^#### begin (\S+)$")
END = re.compile(r"^#### end (\S+) (\d+)$")


class Place:
    """Where things are, and where the logs go."""

    def __init__(self, top, build, kernel, leak_check):
        self.top = top
        self.build = build
        self.kernel = kernel
        self.leak_check = leak_check
        self.logs = os.path.join(build, "log", "test")
        os.makedirs(self.logs, exist_ok=True)

    def log(self, name):
        """The log of one source."""
        return os.path.join(self.logs, name.replace("/", "-") + ".log")


def stream(command, log, take):
    """Run a command; each line of its output goes to the log and to take(). Its status."""
    with open(log, "w", encoding="utf-8", errors="replace") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\r\n")
            file.write(line + "\n")
            file.flush()
            take(line)
        return process.wait()


def run_local(place, name, command):
    """A source that runs on this machine."""
    report = Report(name)
    started = time.monotonic()
    status = stream(command, place.log(name), report.line)
    report.seconds = time.monotonic() - started
    report.close(status)
    return report


class Scenario:
    """A file of tests that runs in the VM."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        said = header.read(path)
        self.group = said.get("group")
        self.timeout = int(said.get("timeout", FILE_TIMEOUT))
        # in make test-all, or when it is asked for by name
        self.long = said.get("only") == "test-all"
        self.arguments = said.get("run", "").split()


class Boot:
    """Test files that share one life of the VM, run one after the other."""

    def __init__(self, name, files, arguments=(), thorough=True):
        self.name = name
        self.files = files
        self.arguments = list(arguments)
        # two CPUs, and the search for leaks
        self.thorough = thorough

    def run(self, place, progress):
        """Run them all; a report for each file, in order."""
        reports = []
        left = list(self.files)
        tries = 0
        while left:
            tries += 1
            log = place.log(self.name if tries == 1 else f"{self.name}-{tries}")
            life = Life(left, progress)
            status = stream(self._command(place, left), log, life.line)
            life.close(status)
            for report in life.reports[life.shown :]:
                progress(report)
            reports += life.reports
            # A file that has killed the VM is done with; the others get another one.
            left = left[len(life.reports) :]
        return reports

    def limit(self, files=None):
        """Seconds that it may take."""
        return BOOT_ALLOWANCE + sum(file.timeout for file in files or self.files)

    def _command(self, place, files):
        command = [os.path.join(place.top, "tests/vm/run"), "--kernel", place.kernel, "--quiet"]
        command += ["--build", place.build, "--timeout", str(self.limit(files))]
        if not self.thorough:
            command += ["--cpus", "1", "--append", "kmemleak=off"]
        elif place.leak_check:
            command.append("--leak-check")
        # images that make has prepared
        command += [word.replace("=BUILD/", f"={place.build}/") for word in self.arguments]
        command.append(os.path.join(place.top, "tests/vm/run-files"))
        command += [f"{file.timeout}:{os.path.relpath(file.path, place.top)}" for file in files]
        return command


class Life:
    """Reads the output of one VM: which lines are which file's."""

    def __init__(self, files, progress):
        self.waiting = [file.name for file in files]
        self.progress = progress
        self.reports = []
        self.shown = 0
        self.current = None
        self.started = time.monotonic()
        self.rest = []

    def line(self, text):
        """One line of output."""
        if match := BEGIN.match(text):
            self._begin(match[1])
        elif (match := END.match(text)) and self.current:
            self._end(int(match[2]))
        elif self.current:
            self.current.line(text)
        else:
            self.rest.append(text)

    def _begin(self, name):
        self.current = Report(name)
        self.reports.append(self.current)
        self.started = time.monotonic()

    def _end(self, status):
        self.current.seconds = time.monotonic() - self.started
        self.current.close(status)
        self.current = None
        # of the last one there may be more to say when the VM has ended
        if len(self.reports) < len(self.waiting):
            self.progress(self.reports[-1])
            self.shown = len(self.reports)

    def close(self, status):
        """The VM has ended."""
        if self.current:
            self.current.seconds = time.monotonic() - self.started
            self.current.fail(f"the VM ended in the middle of it (exit status {status})")
            self.current = None
        elif not self.reports:
            # not one file was begun: the first one stands for the lost boot
            self._begin(self.waiting[0])
            self.current.lines += self.rest
            self.current.fail(f"the VM did not run it (exit status {status})")
            self.current = None
        elif status:
            # All files ended well, and then the kernel complained: a leak, a lockdep report.
            report = Report("the-kernel-after-" + self.reports[-1].name)
            report.lines += self.rest
            report.fail(f"the kernel complained (exit status {status})")
            self.reports[-1].lines += report.lines
            self.reports[-1].results += report.results
            self.shown = min(self.shown, len(self.reports) - 1)


def all_scenarios(top):
    """The VM scenarios."""
    for path in sorted(glob.glob(os.path.join(top, "tests/vm/scenarios/*.sh"))):
        if os.path.basename(path) != "lib.sh":
            yield Scenario(path)


def scenario_boots(top, chosen, everything):
    """The VM scenarios, by the boots that they share."""
    groups = {}
    for scenario in all_scenarios(top):
        if chosen and not any(word in scenario.name for word in chosen):
            continue
        if scenario.long and not chosen and not everything:
            continue
        groups.setdefault(scenario.group or scenario.name, []).append(scenario)
    for name, files in groups.items():
        # files that want the same VM get it once
        arguments = [word for words in dict.fromkeys(tuple(file.arguments) for file in files) for word in words]
        if everything:
            arguments += ["--env", "FSERROR_LONG=1"]
        thorough = everything or bool(chosen) or name in THOROUGH
        yield Boot(f"scenarios-{name}", files, arguments, thorough)


def bench_boot(top, thorough):
    """The tables of make bench share a boot, too: small sizes, no thresholds."""
    tables = [Scenario(path) for path in sorted(glob.glob(os.path.join(top, "tests/bench/tables/*.sh")))]
    arguments = ["--env", "BENCH_QUICK=1", "--env", "BENCH_ROUNDS=1"]
    for table in tables:
        table.timeout = BENCH_TIMEOUT
        arguments += header.small(table.arguments)
    return Boot("bench", tables, arguments, thorough)


def kernel_boot(top):
    """KUnit and the kselftests share a boot: neither leaves anything behind."""
    arguments = ["--append", "kunit.enable=1"]
    names = ("tests/vm/kunit.sh", "tests/vm/selftests.sh")
    return Boot("kernel", [Scenario(os.path.join(top, name)) for name in names], arguments)
