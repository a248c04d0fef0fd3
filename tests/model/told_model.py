#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every interleaving of the worker, the rings, and watchers that follow the protocol.

One range of one device goes bad and good again while the worker of the superblock asks,
changes told and publishes, and watchers subscribe, dump, fall behind, are killed in
the middle of a dump, and catch up. All orders of their steps are visited. At the end of
each, when nobody has anything left to do:

  * every watcher knows what is true of the range;
  * told says it too;
  * the records of the ring, read in order, say it too, and no record repeats what the
    one before it said.

The rules are those of fs/fserror/worker.c, publish.c and damage.c. Each of them is also
broken, one at a time; a model that does not find the fault then would prove nothing.
"""

import sys
from collections import deque, namedtuple

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"

# The state of the kernel, and one watcher.
Kernel = namedtuple("Kernel", "truth toggles failures mark told log worker")
Watcher = namedtuple("Watcher", "phase as_of knows seen queue overrun kills")

START = Kernel(GOOD, 2, 1, False, GOOD, (), ("idle",))
NEWBORN = Watcher("subscribe", 0, None, 0, (), False, 0)

RULES = {
    "right": "as the kernel and the library do it",
    "publish-before-told": "the worker publishes before it changes told",
    "as-of-after-told": "the dump reads its as-of after told",
    "dump-before-subscribe": "the watcher joins the group after its dump",
    "no-drain": "after an overrun the watcher asks before it has drained its queue",
    "numbers-ignored": "the watcher does not look for holes in the numbers",
    "old-events-applied-late": "an answer to event-get is applied behind newer events",
    "mark-cleared-late": "the worker drops the mark after it has asked",
    "killed-dump-counts": "a dump that was killed replaces what the watcher knew",
    "unknown-not-retried": "a question that failed is not asked again",
}


class Model:
    """The steps that each party can take, under one set of rules."""

    def __init__(self, rule, watchers, queue, ring):
        self.rule = rule
        self.watchers = watchers
        self.queue = queue
        self.ring = ring

    def start(self):
        """Before anything has happened; the last watcher may be killed once in a dump."""
        crowd = [NEWBORN] * self.watchers
        crowd[-1] = NEWBORN._replace(kills=1)
        return START, tuple(crowd)

    def steps(self, kernel, crowd):
        """All that may happen next."""
        yield from self.device(kernel, crowd)
        yield from self.worker(kernel, crowd)
        for number, watcher in enumerate(crowd):
            for name, after in self.watch(kernel, watcher):
                yield f"watcher{number}.{name}", kernel, crowd[:number] + (after,) + crowd[number + 1 :]

    @staticmethod
    def device(kernel, crowd):
        """The media change, and leave a mark."""
        if kernel.toggles:
            truth = GOOD if kernel.truth == BAD else BAD
            yield "device.toggles", kernel._replace(truth=truth, toggles=kernel.toggles - 1, mark=True), crowd

    def publish(self, kernel, crowd, value, worker):
        """Number a record and send it to whoever has joined."""
        log = kernel.log + (value,)
        sent = []
        for watcher in crowd:
            if watcher.phase in ("subscribe", "dump-first"):
                sent.append(watcher)
            elif watcher.overrun or len(watcher.queue) >= self.queue:
                sent.append(watcher._replace(overrun=True))
            else:
                sent.append(watcher._replace(queue=watcher.queue + (len(log),)))
        return kernel._replace(log=log, worker=worker), tuple(sent)

    def worker(self, kernel, crowd):
        """The only one that changes told."""
        phase = kernel.worker
        late_mark = self.rule == "mark-cleared-late"
        if phase[0] == "idle" and kernel.mark:
            mark = kernel.mark if late_mark else False
            yield "worker.asks", kernel._replace(mark=mark, worker=("asked", kernel.truth)), crowd
            if kernel.failures:
                again = self.rule != "unknown-not-retried"
                failed = kernel._replace(mark=again, failures=kernel.failures - 1, worker=("asked", UNKNOWN))
                yield "worker.asks in vain", failed, crowd
        if phase[0] == "asked":
            if late_mark and phase[1] != UNKNOWN:
                kernel = kernel._replace(mark=False)
            if phase[1] == kernel.told:
                yield "worker.finds nothing new", kernel._replace(worker=("idle",)), crowd
            elif self.rule == "publish-before-told":
                after = self.publish(kernel, crowd, phase[1], ("published", phase[1]))
                yield "worker.publishes", *after
            else:
                yield "worker.tells", kernel._replace(told=phase[1], worker=("told", phase[1])), crowd
        if phase[0] == "told":
            after = self.publish(kernel, crowd, phase[1], ("idle",))
            yield "worker.publishes", *after
        if phase[0] == "published":
            yield "worker.tells", kernel._replace(told=phase[1], worker=("idle",)), crowd

    def watch(self, kernel, watcher):
        """One watcher: subscribe, dump, follow, and catch up."""
        phase = watcher.phase
        if phase == "subscribe":
            if self.rule == "dump-before-subscribe":
                yield "dumps", self.dumped(kernel, watcher._replace(phase="dump-first", as_of=len(kernel.log)))
            else:
                yield "joins", watcher._replace(phase="header")
        elif phase == "dump-first":
            yield "joins", watcher._replace(phase="follow")
        elif phase == "header":
            if self.rule == "as-of-after-told":
                yield "reads told", watcher._replace(phase="told", knows=kernel.told)
            else:
                yield "reads header", watcher._replace(phase="told", as_of=len(kernel.log))
        elif phase == "told":
            yield from self.reads_told(kernel, watcher)
        else:
            yield from self.follow(kernel, watcher)

    def reads_told(self, kernel, watcher):
        """The dump goes on, or is killed."""
        if self.rule == "as-of-after-told":
            yield "reads header", watcher._replace(phase="follow", as_of=len(kernel.log), seen=len(kernel.log))
        else:
            yield "reads told", self.dumped(kernel, watcher)._replace(phase="follow")
        if watcher.kills:
            killed = watcher._replace(phase="header", kills=watcher.kills - 1)
            if self.rule == "killed-dump-counts":
                killed = killed._replace(phase="follow", knows=watcher.knows or GOOD, seen=watcher.as_of)
            yield "dump is killed", killed

    @staticmethod
    def dumped(kernel, watcher):
        """What the watcher knows after a complete dump."""
        return watcher._replace(knows=kernel.told, seen=watcher.as_of)

    def follow(self, kernel, watcher):
        """Take events; on a hole or an overrun ask for what is missing."""
        if watcher.queue:
            seq = watcher.queue[0]
            rest = watcher._replace(queue=watcher.queue[1:])
            if seq <= watcher.seen:
                yield "skips an event", rest
            elif seq == watcher.seen + 1 or self.rule == "numbers-ignored":
                yield "takes an event", rest._replace(knows=kernel.log[seq - 1], seen=seq)
            else:
                yield "sees a hole", self.catch_up(kernel, rest)
        if watcher.overrun and (not watcher.queue or self.rule == "no-drain"):
            clean = watcher._replace(overrun=False)
            if self.rule == "numbers-ignored":
                yield "ignores an overrun", clean
            elif self.rule == "no-drain":
                # the kernel drops on until the queue is empty, and says so only once
                yield "asks too early", self.catch_up(kernel, watcher._replace(overrun=bool(watcher.queue)))
            else:
                yield "catches up", self.catch_up(kernel, clean)

    def catch_up(self, kernel, watcher):
        """event-get: the ring has what is missing, or a new dump is due."""
        last = len(kernel.log)
        if self.rule == "no-drain" and watcher.overrun:
            # what the watcher does not know is that more was dropped behind the answer
            watcher = watcher._replace(overrun=False, queue=())
            return watcher._replace(knows=kernel.log[watcher.seen] if watcher.seen < last else watcher.knows, seen=last)
        if watcher.seen < last - self.ring:
            return watcher._replace(phase="header")
        if watcher.seen == last:
            return watcher
        if self.rule == "old-events-applied-late":
            return watcher._replace(knows=kernel.log[watcher.seen], seen=last)
        return watcher._replace(knows=kernel.log[-1], seen=last)


def faults_at_rest(kernel, crowd):
    """What is wrong when nobody has anything left to do."""
    if kernel.told != kernel.truth:
        yield f"told says {kernel.told}, the device is {kernel.truth}"
    if any(one == two for one, two in zip((GOOD, *kernel.log), kernel.log)):
        yield "a record repeats the one before it"
    if (GOOD, *kernel.log)[-1] != kernel.truth:
        yield f"the records end with {kernel.log[-1:]}, the device is {kernel.truth}"
    for number, watcher in enumerate(crowd):
        if watcher.knows != kernel.truth:
            yield f"watcher{number} knows {watcher.knows}, the device is {kernel.truth}"


def explore(model):
    """All states; the faults found, each with one way to it."""
    start = model.start()
    seen = {start: None}
    todo = deque([start])
    faults = {}
    while todo:
        state = todo.popleft()
        rest = True
        for name, *after in model.steps(*state):
            rest = False
            after = tuple(after)
            if after not in seen:
                seen[after] = (state, name)
                todo.append(after)
        if rest:
            for fault in faults_at_rest(*state):
                faults.setdefault(fault, state)
    return seen, faults


def way_to(seen, state):
    """The steps from the beginning to a state."""
    names = []
    while seen[state]:
        state, name = seen[state]
        names.append(name)
    return ", ".join(reversed(names))


def main():
    """TAP: the right rules have no fault, and each broken one has."""
    failed = 0
    for number, (rule, text) in enumerate(RULES.items(), 1):
        states = 0
        for ring in (1, 2):
            seen, faults = explore(Model(rule, watchers=2, queue=1, ring=ring))
            states += len(seen)
            if faults:
                break
        good = bool(faults) != (rule == "right")
        failed += not good
        verdict = "no fault" if rule == "right" else "the fault is found"
        print(f"{'ok' if good else 'not ok'} {number} - {text}: {verdict} in {states} states")
        if not good:
            for fault, state in faults.items():
                print(f"# {fault}: {way_to(seen, state)}")
        sys.stdout.flush()
    print(f"1..{len(RULES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
