"""Steps that take times: a training step, its bound, PyTorch's, Top-K, runs side by side."""

import os
import statistics

from .base import Step, named
from .command import Failed, answer
from .table import Row, at_least, at_most


def small(m):
    ms = m.small_step()
    command = m.last
    tf32 = m.bench(m.small, precision="tf32")["ms_per_step"]
    return [
        at_most("step of %s, float32 (median of %d)" % (named(m.small), len(m.small_steps)), ms, 0.060, "ms", command, ms=m.small_steps),
        Row("the same in TF32", "%.4g ms" % tf32, command=m.last, ms=tf32),
    ]


def large(m):
    rows = []
    for precision in ("float32", "tf32"):
        r = m.bench(m.large, precision=precision)
        ratio = r["ms_per_step"] / r["bound_ms"]
        rows.append(Row("step of %s, %s, against its products and bytes" % (named(m.large), precision),
                        "%.4g ms, %.3g times the bound of %.4g ms (products %.4g ms, copies %.4g GB/s)" % (
                            r["ms_per_step"], ratio, r["bound_ms"], r["gemm_ms"], r["copy_gb_per_s"]),
                        "at most 1.25 times", ratio <= 1.25, m.last, ratio=ratio, bench=r))
    return rows


def cublaslt(m):
    rows = []
    for size in (m.small, m.large):
        for precision in ("float32", "tf32"):
            r = m.bench(size, "--set", "compute.cublaslt=true", precision=precision)
            rows.append(Row("step of %s, %s, with compute.cublaslt" % (named(size), precision),
                            "%.4g ms, %.3g times the bound" % (r["ms_per_step"], r["ms_per_step"] / r["bound_ms"]), command=m.last, bench=r))
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
    pairs = 1 if m.quick else 3
    tests = m.tests and os.path.abspath(m.tests)
    env = {"PYTHON": m.python, **({"TOPK_TESTS": tests} if tests else {}), **({"TOPK_ROWS": "4", "TOPK_PASSES": "3"} if m.quick else {})}
    out = m.call([os.path.join(m.scripts, "bench-topk"), "--gpu", m.gpu, str(pairs)], env)
    lines = [line.split() for line in out.splitlines()[1:]]
    ours, theirs = (statistics.median(float(line[i]) for line in lines) for i in (1, 2))
    return [at_least("Top-K, 10 of 10,000 at batch 1,024 (%.4g ms), against torch.topk + scatter (%.4g ms)" % (ours, theirs),
                     theirs / ours, 5, " times", m.last, pairs=lines)]


def against(mode, what, limit, aim=None):
    """The step that compares the small step with torch_ffn.py in a mode."""

    def compare(m):
        if not has_torch(m):
            raise Failed("no PyTorch with CUDA in %s" % m.python)
        command = [m.python, os.path.join(m.scripts, "peers", "torch_ffn.py"), "--device", "cuda:" + m.gpu, "--mode", mode, "--neurons",
                   str(m.small.neurons), "--batch", str(m.small.batch), "--noise", "0.8", "--steps", str(10 if m.quick else 2000)]
        pairs = []  # in turn, so that a device that grows slower favours neither
        for _ in range(1 if m.quick else 2):
            ours = m.bench(m.small)["ms_per_step"]
            theirs = answer(m.call(command))
            pairs.append((ours, theirs["ms_per_step"]))
        ratio = statistics.median(theirs / ours for ours, theirs in pairs)
        ours, ms = (statistics.median(p[i] for p in pairs) for i in (0, 1))
        return [at_least("step of %s (%.4g ms) against %s (%.4g ms)" % (named(m.small), ours, what, ms),
                         ratio, limit, " times", m.last, aim=aim, torch=theirs, pairs=pairs)]

    return Step("torch-" + mode, 100, "against " + what, "at least %g times" % limit, compare)


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
    Step("bound", 60, "step of 256-10000-256, batch 1024, against its products and bytes", "at most 1.25 times", large),
    Step("cublaslt", 60, "steps with compute.cublaslt", "", cublaslt),
    Step("host", 30, "host time a step", "at most 5 µs", host),
    Step("parallel", 60, "8 runs at once against one, samples a second", "at least 1.6 times", parallel),
    Step("memory", 30, "Go heap allocated a step", "at most 0 bytes", memory),
    Step("top-k", 60, "Top-K against torch.topk + scatter", "at least 5 times", top_k),
]

TORCH = [
    against("resident", "PyTorch, eager", 6, 10),
    against("graph", "PyTorch's whole step in one CUDA graph", 1),
    against("compile", "torch.compile with CUDA graphs, optimizer eager", 2),
]
