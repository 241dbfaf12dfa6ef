"""Steps that check: selftest, golden cases, the same bits again, what is left behind."""

import hashlib
import json
import os
import shutil
import time

from .base import Step
from .command import Failed
from .table import Row

SHORT = ["--exp", "quickstart", "--quiet", "--fresh", "--set", "epochs=2"]


def machine(m):
    found, d = m.device()
    m.machine.update({
        "device": "%s, compute capability %s, %.0f GB" % (d["name"], d["compute_capability"], d["memory_bytes"] / 1e9),
        "driver": "%s, for CUDA %s" % (found["cuda"].get("driver") or "of unknown version", found["cuda"]["cuda"]),
        "kernels": "nvcc %s" % (found["cuda_kernels"] or "none in this binary"),
        "cuBLAS": found["cuda"].get("blas_path", "none"),
        "trainer": found["version"],
        "processor": "%s, %d cores" % (found["cpu"], found["cores"]),
    })
    warnings = found["warnings"]
    return [Row("what the doctor warns of", "; ".join(warnings) or "nothing", command=m.last)]


def selftest(m):
    r = m.ask("doctor", "--selftest", "--gpu", m.gpu, "--deadline", "%ds" % m.left)
    value = "%d failures; %d golden cases" % (len(r["failures"]), r["golden"]["passed"])
    return [Row("doctor --selftest", value, "0 failures", r["passed"], m.last, selftest=r)]


def golden(m):
    if not m.golden:
        raise Failed("no golden cases here: --golden, or GOLDEN_DIR")
    r = m.ask("verify", m.golden, "--gpu", m.gpu)
    there = r["passed"] + r["failed"] + r["skipped"]
    total = max(m.golden_total or there, there)
    value = "%d passed, %d failed, %d skipped, %d of %d not here" % (r["passed"], r["failed"], r["skipped"], total - there, total)
    return [Row("golden cases of the reference on the GPU", value, "all that are here", r["failed"] == 0 and r["passed"] > 0, m.last, verify=r)]


def short_run(m, name, *more):
    """Trains for a moment; returns the SHA-256 of the weights of each of its jobs, in their order."""
    out = m.folder(name)
    shutil.rmtree(out, ignore_errors=True)
    m.call([m.trainer, "run", *SHORT, "--set", "dataset_size=%d" % (300 if m.quick else 20000), "--gpu", m.gpu, "--out", out, *more])
    runs = {}
    for folder, _, files in os.walk(out):
        if "model.safetensors" in files:
            with open(os.path.join(folder, "model.safetensors"), "rb") as f:
                job = os.path.relpath(folder, out).split(os.sep)[1]
                runs[job + " " + os.path.basename(folder)] = hashlib.sha256(f.read()).hexdigest()
    if not runs:
        raise Failed("the run left no weights in " + out)
    return [runs[k] for k in sorted(runs)]


def same_bits(m):
    first, again = short_run(m, "first"), short_run(m, "again")
    single = short_run(m, "single", "--set", "compute.graph=false")
    return [
        Row("weights of the same run again", "equal" if first == again else "differ", "equal", first == again, m.last, sha256=first),
        Row("weights, replayed graphs and kernel by kernel", "equal" if first == single else "differ", "equal", first == single, m.last),
    ]


def beside_each_other(m):
    n = 2 if m.quick else 8
    alone = short_run(m, "alone", "--set", "seed=1")
    seeds = ",".join(str(1 + i) for i in range(n))
    together = short_run(m, "together", "--seeds", seeds, "--parallel", str(n), "--yes")
    equal = alone[-1] in together and len(set(together)) >= n
    return [Row("weights of a run beside %d others and alone" % (n - 1), "equal" if equal else "differ", "equal", equal, m.last)]


# Less than this is nothing: memory is given out in pieces of 2 MB. Where others use the GPU too, NVML's count
# drifts, and a larger number has to be judged by who reads it.
NOTHING = 1e6


def left_behind(m):
    """Free memory before a run that Ctrl-C ends, twice while it trains, and after it."""
    out, seen = m.folder("interrupted"), []
    first, then = (1, 1) if m.quick else (5, 8)  # seconds

    def watch():
        for seconds in (first, then):
            time.sleep(seconds)
            seen.append(m.free_memory())

    before = m.free_memory()
    status = m.interrupt([m.trainer, "run", "--exp", "quickstart", "--quiet", "--fresh", "--set", "epochs=100000", "--gpu", m.gpu, "--out", out], watch)
    command, steps = m.last, steps_of(out)
    lost, grown = before - m.free_memory(), seen[0] - seen[1]
    between = steps * then // (first + then)
    return [
        Row("after Ctrl-C: exit status, device memory left behind", "%d, %.1f MB" % (status, lost / 1e6), "130, 0 MB",
            status == 130 and lost < NOTHING, command, lost_bytes=lost),
        Row("device memory that training takes more and more of, over some %d steps" % between, "%.1f MB" % (grown / 1e6),
            "0 MB, over 10000 steps", grown < NOTHING and between >= 10000, command, grown_bytes=grown, steps=steps),
    ]


def steps_of(out):
    """The steps that the one run below out did, as its status says."""
    for folder, _, files in os.walk(out):
        if "status.json" in files:
            with open(os.path.join(folder, "status.json")) as f:
                return json.load(f)["step"]
    raise Failed("no status.json in " + out)


def after_an_error(m):
    """Free memory before a run that ends because its loss is not finite, and after it."""
    before = m.free_memory()
    status = m.fails([m.trainer, "run", *SHORT, "--set", "optimizer.lr=1e30", "--set", "dataset_size=%d" % (300 if m.quick else 20000),
                      "--gpu", m.gpu, "--out", m.folder("diverged")])
    command, lost = m.last, before - m.free_memory()
    return [Row("after a run whose loss is not finite: exit status, device memory left behind", "%d, %.1f MB" % (status, lost / 1e6),
                "1, 0 MB", status == 1 and lost < NOTHING, command, lost_bytes=lost)]


STEPS = [
    Step("selftest", 150, "doctor --selftest", "0 failures", selftest),
    Step("golden", 150, "golden cases of the reference on the GPU", "all that are here", golden),
    Step("bits", 60, "weights of the same run again", "equal", same_bits),
    Step("beside", 60, "weights of a run beside others and alone", "equal", beside_each_other),
    Step("interrupt", 60, "after Ctrl-C: exit status, device memory left behind", "130, 0 MB", left_behind),
    Step("error", 40, "after a run whose loss is not finite: exit status, device memory left behind", "1, 0 MB", after_an_error),
]

MACHINE = Step("machine", 30, "what the doctor warns of", "", machine)
