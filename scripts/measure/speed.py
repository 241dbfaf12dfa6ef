"""Steps that take times: a training step, its bound, PyTorch's, Top-K, runs side by side."""

import os
import statistics

from .base import Step, named
from .command import Failed, answer
from .table import Row, at_least, at_most


def small(m):
    rows = []
    for precision, limit in (("float32", 0.060), ("tf32", None)):
        runs = [m.bench(m.small, precision=precision)["ms_per_step_wall"] for _ in range(m.processes)]
        what, ms = "step of %s, %s (median of %d)" % (named(m.small), precision, len(runs)), statistics.median(runs)
        rows.append(at_most(what, ms, limit, "ms", m.last, ms=runs) if limit else Row(what, "%.4g ms" % ms, command=m.last, ms=runs))
    return rows


def large(m):
    rows = []
    for precision in ("float32", "tf32"):
        runs = sorted((m.bench(m.large, precision=precision) for _ in range(m.processes)), key=against_bound)
        r = runs[len(runs) // 2]
        rows.append(Row("step of %s, %s, against its products and bytes (median of %d)" % (named(m.large), precision, len(runs)),
                        "%.4g ms, %.3g times the bound of %.4g ms (products %.4g ms, copies %.4g GB/s)" % (
                            r["ms_per_step_wall"], against_bound(r), r["bound_ms"], r["gemm_ms"], r["copy_gb_per_s"]),
                        "at most 1.25 times", against_bound(r) <= 1.25, m.last, ratios=[against_bound(r) for r in runs], bench=runs))
    return rows


def against_bound(r):
    return r["ms_per_step_wall"] / r["bound_ms"]


def cublaslt(m):
    rows = []
    for size in (m.small, m.large):
        for precision in ("float32", "tf32"):
            r = m.bench(size, "--set", "compute.cublaslt=true", precision=precision)
            rows.append(Row("step of %s, %s, with compute.cublaslt" % (named(size), precision),
                            "%.4g ms, %.3g times the bound" % (r["ms_per_step_wall"], against_bound(r)), command=m.last, bench=r))
    return rows


def host(m):
    r = m.bench(m.small)
    return [at_most("host time a step, %s" % named(m.small), r["host_us_per_step"], 5, "µs", m.last, bench=r)]


def parallel(m):
    n = 2 if m.quick else 8
    r = m.bench(m.small, "--parallel", str(n))
    ratio = r["parallel_speedup"]
    return [at_least("%d runs at once against one, samples a second, %s" % (n, named(m.small)), ratio, 1.6, " times", m.last, aim=2, bench=r)]


def memory(m):
    steps = m.small.steps if m.quick else 10000
    r = m.bench(m.small._replace(steps=steps))
    return [at_most("Go heap allocated a step, over %d steps" % steps, r["bytes_allocated_per_step"], 0, "bytes", m.last, bench=r)]


def top_k(m):
    if not m.tests:
        raise Failed(m.no_tests)
    pairs = 1 if m.quick else 3
    env = {"PYTHON": m.python, "TOPK_TESTS": m.tests, **({"TOPK_ROWS": "4", "TOPK_PASSES": "3"} if m.quick else {})}
    out = m.call([os.path.join(m.scripts, "bench-topk"), "--gpu", m.gpu, str(pairs)], env)
    lines = [line.split() for line in out.splitlines()[1:]]
    ours, theirs = (statistics.median(float(line[i]) for line in lines) for i in (1, 2))
    return [at_least("Top-K, 10 of 10,000 at batch 1,024 (%.4g ms), against torch.topk + scatter (%.4g ms)" % (ours, theirs),
                     theirs / ours, 5, " times", m.last, pairs=lines)]


def against(mode, what, limit, aim=None, seconds=120):
    """The step that compares the small step with torch_ffn.py in a mode."""

    def compare(m):
        if not has_torch(m):
            raise Failed("no PyTorch with CUDA in %s" % m.python)
        command = [m.python, os.path.join(m.scripts, "peers", "torch_ffn.py"), "--device", "cuda:" + m.gpu, "--mode", mode, "--neurons",
                   str(m.small.neurons), "--batch", str(m.small.batch), "--noise", "0.8", "--steps", str(10 if m.quick else 2000)]
        pairs, asked, cut = [], 1 if m.quick else 3, ""  # in turn, so that a device that grows slower favours neither
        for _ in range(asked):
            try:
                ours = m.bench(m.small)["ms_per_step_wall"]
                theirs = answer(m.call(command))
            except Failed as e:
                if not pairs:
                    raise
                cut = ", then: %s" % e  # out of time, mostly: those that there are count
                break
            pairs.append((ours, theirs["ms_per_step"]))
        ratio = statistics.median(theirs / ours for ours, theirs in pairs)
        ours, ms = (statistics.median(p[i] for p in pairs) for i in (0, 1))
        return [at_least("step of %s (%.4g ms) against %s (%.4g ms), %d of %d pairs%s" % (named(m.small), ours, what, ms, len(pairs), asked, cut),
                         ratio, limit, " times", m.last, aim=aim, torch=theirs, pairs=pairs)]

    return Step("torch-" + mode, seconds, "against " + what, "at least %g times" % limit, compare)


def has_torch(m):
    """Tells whether PyTorch sees a GPU, and notes its version."""
    if "PyTorch" not in m.machine:
        try:
            out = m.call([m.python, "-c", "import torch; torch.ones(1, device='cuda:%s'); print(torch.__version__)" % m.gpu])
            m.machine["PyTorch"] = out.strip().splitlines()[-1]
        except (Failed, IndexError):
            m.machine["PyTorch"] = "none with CUDA"
    return not m.machine["PyTorch"].startswith("none")


STEPS = [
    Step("step", 60, "step of 256-1000-256, batch 512", "at most 0.06 ms", small),
    Step("bound", 100, "step of 256-10000-256, batch 1024, against its products and bytes", "at most 1.25 times", large),
    Step("host", 30, "host time a step", "at most 5 µs", host),
    Step("parallel", 60, "8 runs at once against one, samples a second", "at least 1.6 times", parallel),
    Step("memory", 30, "Go heap allocated a step", "at most 0 bytes", memory),
    Step("top-k", 100, "Top-K against torch.topk + scatter", "at least 5 times", top_k),
    Step("cublaslt", 80, "steps with compute.cublaslt", "", cublaslt),
]

# The first compilation, with nothing kept of earlier ones, can take more than a minute.
TORCH = [
    against("resident", "PyTorch, eager", 6, 10),
    against("graph", "PyTorch's whole step in one CUDA graph", 1),
    against("reduce-overhead", "torch.compile with CUDA graphs, optimizer eager", 2, seconds=200),
    against("compile", "torch.compile, optimizer eager", 2, seconds=200),
]
