"""Steps that run under NVIDIA's compute-sanitizer: a short training, and families of the conformance suite."""

import os
import shutil

from .base import Step
from .command import Failed
from .right import SHORT
from .table import Row

# The kernels that share memory and count atomically come first: where time runs out, the rest is left out.
FAMILIES = ["select", "loss", "steps", "reduce", "softmax", "convolve"]


def sanitizer(tool):
    """The step of a tool of compute-sanitizer, each tensor in memory of its own."""

    def check(m):
        program = find_sanitizer()
        if not program:
            raise Failed("compute-sanitizer is not here")
        under = [program, "--tool", tool, "--error-exitcode", "9"]
        if tool == "memcheck":
            # The trainer asks for the sizes of a kernel's parameters until CUDA says that there are no more.
            under += ["--report-api-errors", "no"]
        m.call([*under, m.trainer, "run", *SHORT, "--set", "epochs=1", "--set", "dataset_size=300", "--set", "batch_size=64",
                "--gpu", m.gpu, "--out", m.folder(tool)], {"NOISE2SPARSE_CUDA_CHUNK": "0"})
        rows = [Row("%s of a short training" % tool, "clean", "clean", True, m.last)]
        return rows + [families(m, tool, under)]

    return Step(tool, 170, "%s of a short training" % tool, "clean", check)


def families(m, tool, under):
    """The families one by one, as far as the time goes."""
    what, clean = "%s of the backend's tests, by families" % tool, []
    if not m.tests:
        return Row.failure(what, "clean", "", m.no_tests)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    env = {"NOISE2SPARSE_CUDA_CHUNK": "0", "NOISE2SPARSE_TEST_GPU": "1", "NOISE2SPARSE_SLOW": "1",
           "CUDA_VISIBLE_DEVICES": visible.split(",")[int(m.gpu)] if visible else m.gpu}
    for family in FAMILIES[:1] if m.quick else FAMILIES:
        try:
            m.call([*under, m.tests, "-test.run", "^TestConformance$/^%s$" % family], env)
        except Failed as e:
            return Row.failure(what, "clean", m.last, "%s: %s; clean before: %s" % (family, e, ", ".join(clean) or "none"))
        clean.append(family)
    return Row(what, "clean: " + ", ".join(clean), "clean", True, m.last)


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


STEPS = [sanitizer(tool) for tool in ("memcheck", "racecheck", "initcheck")]
