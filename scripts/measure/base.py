"""What all steps share: the machine, sizes, and how the trainer is called."""

import collections
import os
import statistics
import sys
import time

from .command import Failed, answer, run, succeed, shown

# A step of the measuring: its name, its deadline in seconds, its line in the table where it fails, and the
# function that takes a Measure and returns lines.
Step = collections.namedtuple("Step", "name limit what wanted measure")

Size = collections.namedtuple("Size", "neurons batch steps")


class Measure:
    """Calls programs for the steps, under the deadline of the step in progress."""

    def __init__(self, a, scripts, quick):
        self.gpu, self.trainer, self.tests, self.golden, self.out = a.gpu, a.trainer, a.tests, a.golden, a.out
        self.scripts, self.quick = scripts, quick
        self.small = Size(50, 32, 5) if quick else Size(1000, 512, 4000)
        self.large = Size(200, 64, 3) if quick else Size(10000, 1024, 300)
        self.python = os.environ.get("PYTHON") or sys.executable
        self.machine, self.last, self.name, self.end = {}, "", "", 0.0
        self.small_steps = []  # ms of the small step, one after the other

    def begin(self, step, left):
        self.name, self.last = step.name, ""
        self.end = time.monotonic() + min(step.limit, left)

    @property
    def left(self):
        return max(1.0, self.end - time.monotonic())

    def folder(self, name):
        return os.path.join(self.out, "runs", name)

    @property
    def log(self):
        return os.path.join(self.out, self.name + ".txt")

    def call(self, command, env=None):
        """Runs a command that must succeed; returns its stdout."""
        self.last = shown(command, env)
        return succeed(command, self.left, self.log, env)

    def ask(self, *arguments, env=None):
        """Runs the trainer with --json; returns its answer."""
        return answer(self.call([self.trainer, *arguments, "--json"], env))

    def interrupt(self, command, after):
        """Runs a command, presses Ctrl-C after some seconds and returns its exit status."""
        self.last = shown(command)
        return run(command, self.left, self.log, interrupt_after=after)[0]

    def bench(self, size, *more, precision="float32"):
        """What trainer bench says of a step of 256-n-256 on generated data."""
        sets = ["dataset=dead-leaves", "data.size=16", "data.samples=%d" % (20 * size.batch if self.quick else 50000), "model.hidden=[%d]" % size.neurons,
                "batch_size=%d" % size.batch, "compute.precision=" + precision]
        flags = [x for s in sets for x in ("--set", s)]
        return self.ask("bench", "--exp", "relu_noise08", *flags, "--gpu", self.gpu, "--steps", str(size.steps), *more)

    def small_step(self):
        """The small step in ms, the median of three processes."""
        while len(self.small_steps) < (1 if self.quick else 3):
            self.small_steps.append(self.bench(self.small)["ms_per_step"])
        return statistics.median(self.small_steps)

    def device(self):
        """What the doctor says of the GPU."""
        found = self.ask("doctor")
        for d in found["cuda"]["devices"]:
            if str(d["index"]) == self.gpu:
                return found, d
        raise Failed("no GPU %s: %s" % (self.gpu, found["cuda"].get("missing") or "this machine shows others"))


def named(size):
    return "256-%d-256, batch %d" % (size.neurons, size.batch)
