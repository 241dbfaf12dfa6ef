"""What all steps share: the machine, sizes, and how the trainer is called."""

import collections
import os
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
        self.gpu, self.trainer, self.out = a.gpu, a.trainer, a.out
        self.tests, self.no_tests = a.tests and os.path.abspath(a.tests), ""  # compute/cuda's tests, or why there are none
        self.golden, self.golden_total = a.golden, a.golden_total
        self.scripts, self.quick = scripts, quick
        self.small = Size(50, 32, 5) if quick else Size(1000, 512, 4000)
        self.large = Size(200, 64, 3) if quick else Size(10000, 1024, 300)
        self.python = os.environ.get("PYTHON") or sys.executable
        self.machine, self.last, self.name, self.end = {}, "", "", 0.0
        self.processes = 1 if quick else 3  # of which medians are taken

    def build_tests(self, limit):
        """Builds the test program of compute/cuda, where none was named; no step's time goes into that."""
        if self.tests:
            return
        self.name, program = "build", os.path.abspath(os.path.join(self.out, "cuda.test"))
        command = ["sh", "-c", 'cd "$0/.." && . scripts/lib.sh && go test -c -o "$1" ./compute/cuda', self.scripts, program]
        try:
            succeed(command, limit, self.log)
            self.tests = program
        except Failed as e:
            self.no_tests = "the tests of compute/cuda can't be built: %s" % e

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

    def interrupt(self, command, meanwhile):
        """Runs a command, calls meanwhile, presses Ctrl-C and returns its exit status."""
        status = run(command, self.left, self.log, meanwhile=meanwhile)[0]
        self.last = shown(command)
        return status

    def fails(self, command):
        """Runs a command that must fail; returns its exit status."""
        self.last = shown(command)
        status = run(command, self.left, self.log)[0]
        if status == 0:
            raise Failed("exit status 0 where it should have failed")
        return status

    def bench(self, size, *more, precision="float32"):
        """What trainer bench says of a step of 256-n-256 on generated data."""
        sets = ["dataset=dead-leaves", "data.size=16", "data.samples=%d" % (20 * size.batch if self.quick else 50000), "model.hidden=[%d]" % size.neurons,
                "batch_size=%d" % size.batch, "compute.precision=" + precision]
        flags = [x for s in sets for x in ("--set", s)]
        return self.ask("bench", "--exp", "relu_noise08", *flags, "--gpu", self.gpu, "--steps", str(size.steps), *more)

    def free_memory(self):
        """Bytes of the GPU's memory that nobody uses, as NVML says."""
        free = self.device()[1]["memory_free_bytes"]
        if free < 0:
            raise Failed("NVML does not say how much memory is free")
        return free

    def device(self):
        """What the doctor says of the GPU."""
        found = self.ask("doctor")
        for d in found["cuda"]["devices"]:
            if str(d["index"]) == self.gpu:
                return found, d
        raise Failed("no GPU %s: %s" % (self.gpu, found["cuda"].get("missing") or "this machine shows others"))


def named(size):
    return "256-%d-256, batch %d" % (size.neurons, size.batch)
