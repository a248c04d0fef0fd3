# SPDX-License-Identifier: GPL-2.0-only
"""Read TAP, the kernel's KTAP included."""

import re

RESULT = re.compile(r"^(?P<indent>\s*)(?P<no>not )?ok\b\s*(?P<number>\d+)?\s*(?P<text>.*)$")
PLAN = re.compile(r"^(\s*)1\.\.(\d+)(\s+#\s*skip\b.*)?\s*$", re.IGNORECASE)
SKIP = re.compile(r"#\s*skip\b", re.IGNORECASE)
BAIL = re.compile(r"^\s*Bail out!\s*(.*)$")

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"


class Report:
    """What one source of tests has said.

    Where results are nested, as in KTAP, only the innermost count: the line of a
    suite says nothing that the lines of its cases do not say.
    """

    def __init__(self, name):
        self.name = name
        self.results = []
        self.lines = []
        self.seconds = 0
        self._deepest = -1
        self._inner_failed = False
        self._outer = 0
        self._plan = None
        self._bail = None

    def line(self, text):
        """One line of output."""
        self.lines.append(text)
        if match := PLAN.match(text):
            if not match[1]:
                self._plan = int(match[2])
                if match[3] and not self._plan:
                    self.results.append((SKIPPED, text))
        elif match := BAIL.match(text):
            self._bail = match[1] or "no reason given"
        elif match := RESULT.match(text):
            self._result(len(match["indent"].expandtabs()), match)

    def _result(self, depth, match):
        if not depth:
            self._outer += 1
        if depth < self._deepest:
            # the summary of what came before it, further in
            self._deepest = depth
            if match["no"] and not self._inner_failed:
                self.results.append((FAILED, match["text"].lstrip("- ")))
            self._inner_failed = bool(match["no"]) and depth > 0
            return
        self._deepest = depth
        if match["no"]:
            state = FAILED
            self._inner_failed = True
        elif SKIP.search(match["text"]):
            state = SKIPPED
        else:
            state = PASSED
        self.results.append((state, match["text"].lstrip("- ")))

    def fail(self, why):
        """Something is wrong that no result line says."""
        self.results.append((FAILED, why))
        self.lines.append(f"# {self.name}: {why}")

    def close(self, status=0):
        """The source has ended: are its results all there?"""
        bad = self.count(FAILED)
        if self._bail:
            self.fail(f"it has bailed out: {self._bail}")
        elif self._plan is None and not self.results:
            self.fail(f"no result (exit status {status})")
        elif self._plan is None:
            self.fail("it has not said how many tests it has (no plan)")
        elif self._plan != self._outer and not (self._plan == 0 and self.results):
            self.fail(f"{self._plan} tests planned, {self._outer} results")
        elif status and not bad:
            self.fail(f"exit status {status}, though no test has failed")

    def count(self, state):
        """How many passed, failed or were skipped."""
        return sum(1 for got, _ in self.results if got == state)

    def failures(self):
        """What has failed."""
        return [text for state, text in self.results if state == FAILED]

    def summary(self):
        """ "3 passed, 1 failed"."""
        parts = [f"{self.count(state)} {state}" for state in (PASSED, FAILED, SKIPPED)]
        return ", ".join(part for part in parts if not part.startswith("0 ")) or "nothing"
