"""Steps that check: selftest, golden cases, the same bits again, sanitizers, what is left behind."""

import hashlib
import os
import shutil

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
    return [Row("golden cases of the reference on the GPU", "%d passed, %d failed, %d skipped" % (r["passed"], r["failed"], r["skipped"]),
                "all", r["failed"] == 0 and r["passed"] > 0, m.last, verify=r)]


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


def sanitizer(tool):
    """The step that runs a short training under a tool of compute-sanitizer, each tensor in memory of its own."""

    def check(m):
        program = find_sanitizer()
        if not program:
            raise Failed("compute-sanitizer is not here")
        command = [program, "--tool", tool, "--error-exitcode", "9", m.trainer, "run", *SHORT, "--set", "epochs=1", "--set", "dataset_size=300",
                   "--set", "batch_size=64", "--gpu", m.gpu, "--out", m.folder(tool)]
        m.call(command, {"NOISE2SPARSE_CUDA_CHUNK": "0"})
        return [Row("%s of a short training" % tool, "clean", "clean", True, m.last)]

    return Step(tool, 60, "%s of a short training" % tool, "clean", check)


def find_sanitizer():
    """compute-sanitizer of this machine, of its CUDA, of the bundle or of the Python wheel; None: there is none."""
    import site

    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folders = [os.path.join(here, "sanitizer", "nvidia", "cu13", "bin")]
    folders += [os.path.join(os.environ[v], d) for v in ("CUDA_HOME", "CUDA_PATH") if v in os.environ for d in ("bin", "compute-sanitizer")]
    folders += [os.path.join("/usr/local/cuda", d) for d in ("bin", "compute-sanitizer")]
    for packages in site.getsitepackages() + [site.getusersitepackages()]:
        folders += [os.path.join(packages, "nvidia", d, "bin") for d in ("cu13", "cuda_sanitizer_api")]
    found = shutil.which("compute-sanitizer")
    for folder in folders:
        found = found or shutil.which("compute-sanitizer", path=folder)
    return found


def left_behind(m):
    """Free memory before a run that Ctrl-C ends, and after it."""
    before = m.device()[1]["memory_free_bytes"]
    status = m.interrupt([m.trainer, "run", "--exp", "quickstart", "--quiet", "--fresh", "--set", "epochs=100000", "--gpu", m.gpu,
                          "--out", m.folder("interrupted")], 5)
    command = m.last
    after = m.device()[1]["memory_free_bytes"]
    if before < 0 or after < 0:
        raise Failed("NVML does not say how much memory is free")
    lost = (before - after) / 1e6
    return [Row("after Ctrl-C: exit status, device memory left behind", "%d, %.0f MB" % (status, lost), "130, 0 MB",
                status == 130 and lost < 1, command, lost_bytes=before - after)]


STEPS = [
    Step("bits", 60, "weights of the same run again", "equal", same_bits),
    Step("beside", 60, "weights of a run beside others and alone", "equal", beside_each_other),
    Step("interrupt", 40, "after Ctrl-C: exit status, device memory left behind", "130, 0 MB", left_behind),
    Step("golden", 60, "golden cases of the reference on the GPU", "all", golden),
    Step("selftest", 120, "doctor --selftest", "0 failures", selftest),
]

MACHINE = Step("machine", 30, "what the doctor warns of", "", machine)

SANITIZERS = [sanitizer(tool) for tool in ("memcheck", "racecheck", "initcheck")]
