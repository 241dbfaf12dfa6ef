"""Times one training step of the trainer and of torch_ffn.py in turn; scripts/bench-vs-pytorch runs it.

Each pair runs both, one after the other, as processes of their own; every second pair runs them in
the other order, so that a machine that grows slower over the minutes favours neither. A ratio is
PyTorch's milliseconds per step over the trainer's: 1.5 means that the trainer makes 1.5 times as many
steps per second. On a CPU both are medians over single steps. On a GPU PyTorch's is the median over stretches
of steps, each with an epoch's shuffling, and the trainer's is all its time, epochs' begins included, over all
its steps. Peak memory is the highest resident set that the kernel counted for the process, data and libraries
included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LATENTS = os.path.join("cifar10-latents", "all_data_train.pt")
DIM = 256  # of the latents, and of the generated patches of 16 x 16 pixels that stand in for them
GENERATED = ["dataset=dead-leaves", "data.size=16", "data.samples=50000"]
MODES = {  # and whether they are of GPUs alone
    "resident": ("eager, tensors held in memory", False),
    "loader": ("eager, DataLoader", False),
    "compile": ("torch.compile (on a GPU the optimizer eager)", False),
    "reduce-overhead": ("torch.compile with CUDA graphs, the optimizer eager", True),
    "graph": ("the whole step in one CUDA graph", True),
}


class Failed(Exception):
    """What a command that ended badly said."""


def options():
    p = argparse.ArgumentParser(prog="bench-vs-pytorch", description=__doc__.split("\n\n")[0])
    p.add_argument("--neurons", type=int, default=1000, help="of the one hidden layer (default %(default)s)")
    p.add_argument("--batch", type=int, default=512, help="samples a step (default %(default)s)")
    p.add_argument("--noise", type=float, default=0.8, help="standard deviation (default %(default)s)")
    p.add_argument("--steps", type=int, help="timed steps of each process (default 200; 2000 with --gpu)")
    p.add_argument("--pairs", type=int, default=5, help="how often each runs (default %(default)s)")
    p.add_argument("--mode", default="resident", choices=[*MODES, "all"],
                   help="how the peer is written: " + "; ".join("%s, %s%s" % (m, what, ", GPU only" if gpu else "") for m, (what, gpu) in MODES.items()) +
                        "; all, one after the other (on a GPU without loader), with a table of the ratios at the end (default %(default)s)")
    p.add_argument("--gpu", metavar="N", help="both compute on GPU N, and are timed over stretches of steps without waiting in between")
    p.add_argument("--tf32", action="store_true", help="with --gpu: both take the factors of products rounded to TF32")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                   help="threads for PyTorch; 0: its own choice (default: the CPUs that may be used, %(default)s)")
    p.add_argument("--data-dir", default=os.environ.get("NOISE2SPARSE_DATA"),
                   help="folder that holds " + LATENTS + " (default $NOISE2SPARSE_DATA); without it both run on generated data")
    p.add_argument("--trainer", help="the binary (default bin/trainer, or in a GPU bundle trainer)")
    p.add_argument("--exp", default="relu_noise08", help="the experiment that trainer bench times (default %(default)s)")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="more settings for the trainer alone")
    p.add_argument("--min-ratio", type=float, help="exit with 1 where the median ratio (with --mode all, one of them) is below this")
    p.add_argument("--max-memory-ratio", type=float, help="exit with 1 where the trainer's peak memory over PyTorch's, in the median, is above this")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout, and the table on stderr")
    a = p.parse_args()
    if a.steps is None:
        a.steps = 200 if a.gpu is None else 2000
    for name in ("neurons", "batch", "steps", "pairs"):
        if getattr(a, name) < 1:
            p.error("--%s is %d; give at least 1" % (name, getattr(a, name)))
    if a.mode != "all" and MODES[a.mode][1] and a.gpu is None or a.tf32 and a.gpu is None:
        p.error("--mode reduce-overhead, --mode graph and --tf32 need --gpu")
    if a.noise < 0 or a.threads < 0:
        p.error("--noise and --threads can't be negative")
    if a.trainer is None:
        here = [os.path.join(ROOT, "bin", "trainer"), os.path.join(ROOT, "trainer")]
        a.trainer = next((f for f in here if os.access(f, os.X_OK)), here[0])
    if not os.access(a.trainer, os.X_OK):
        sys.exit("bench-vs-pytorch: %s is not there; run: make build (in a GPU bundle ./check doctor)" % a.trainer)
    return a


def commands(a, mode):
    """The command lines of the two sides: the same data, network, batch, noise and number of steps."""
    data = a.data_dir and os.path.join(a.data_dir, LATENTS)
    if data and not os.path.exists(data):
        sys.exit("bench-vs-pytorch: %s is not there; give the folder of the data sets with --data-dir, or leave it and "
                 "NOISE2SPARSE_DATA out to run on generated data" % data)
    sets = ["model.hidden=[%d]" % a.neurons, "batch_size=%d" % a.batch, "noise.sigma=%r" % a.noise]
    if not data:
        sets += GENERATED
    trainer = [a.trainer, "bench", "--exp", a.exp, "--steps", str(a.steps), "--json"]
    for s in sets + a.set:
        trainer += ["--set", s]
    torch = [sys.executable, os.path.join(HERE, "torch_ffn.py"), "--device", "cpu" if a.gpu is None else "cuda:" + a.gpu, "--mode", mode, "--threads", str(a.threads),
             "--neurons", str(a.neurons), "--batch", str(a.batch), "--noise", repr(a.noise), "--steps", str(a.steps)]
    trainer += ["--cpu"] if a.gpu is None else ["--gpu", a.gpu]
    if a.tf32:
        trainer += ["--set", "compute.precision=tf32"]
        torch += ["--tf32"]
    if data:
        trainer += ["--data-dir", a.data_dir]
        torch += ["--data", data]
    else:
        torch += ["--dim", str(DIM)]
    return {"trainer": trainer, "pytorch": torch}


def measure(command):
    """Runs a command; returns the JSON object on its last line, with its peak memory in bytes."""
    with tempfile.TemporaryFile() as err:
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
        out = p.stdout.read().decode()
        # wait4, not wait: it gives the resource usage of this one child.
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        err.seek(0)
        said = err.read().decode(errors="replace").strip()
    try:
        if p.returncode != 0:
            raise ValueError
        result = json.loads(out.strip().splitlines()[-1])
        float(result["ms_per_step"])
    except (ValueError, IndexError, KeyError, TypeError):
        raise Failed("%s\n  ended with %d and printed no JSON object with ms_per_step on its last line\n  %s"
                     % (" ".join(command), p.returncode, "\n  ".join((said or out).splitlines()[-8:])))
    result["peak_rss_bytes"] = usage.ru_maxrss * 1024
    return result


def cpu_model():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown CPU"


def ours(a, run):
    """The trainer's ms a step that PyTorch's ms_per_step is held against."""
    return run["ms_per_step" if a.gpu is None else "ms_per_step_wall"]


def compare(a, mode, show):
    """All pairs of a mode; returns what --json prints of them."""
    side = commands(a, mode)
    runs = {"trainer": [], "pytorch": []}
    ratios = []
    for pair in range(a.pairs):
        for name in ("pytorch", "trainer") if pair % 2 == 0 else ("trainer", "pytorch"):
            runs[name].append(measure(side[name]))
        t, p = runs["trainer"][-1], runs["pytorch"][-1]
        if pair == 0:
            show("trainer: %s, BLAS %s, %s threads; PyTorch %s, %s threads, %s" % (
                t.get("device"), t.get("blas"), t.get("threads"), p["torch"], p["threads"], p["mode"]))
            show("pair   PyTorch ms/step   trainer ms/step   ratio   PyTorch peak MiB   trainer peak MiB")
        ratios.append(p["ms_per_step"] / ours(a, t))
        show("%4d   %15.3f   %15.3f   %5.2f   %16.0f   %16.0f" % (
            pair + 1, p["ms_per_step"], ours(a, t), ratios[-1], p["peak_rss_bytes"] / 2**20, t["peak_rss_bytes"] / 2**20))
    median = statistics.median(ratios)
    show("median ratio %.2f (from %.2f to %.2f): %s" % (
        median, min(ratios), max(ratios), "the trainer is faster" if median > 1 else "PyTorch is faster"))
    memory = statistics.median(t["peak_rss_bytes"] / p["peak_rss_bytes"] for t, p in zip(runs["trainer"], runs["pytorch"]))
    return {"mode": mode, "median_ratio": median, "ratios": ratios, "memory_ratio": memory, **runs}


def wrong(a, result):
    """What of a result is not as asked for."""
    if a.min_ratio is not None and result["median_ratio"] < a.min_ratio:
        yield "the median ratio %.2f is below %.2f" % (result["median_ratio"], a.min_ratio)
    if a.max_memory_ratio is not None and result["memory_ratio"] > a.max_memory_ratio:
        yield "the trainer's peak memory is %.3g times PyTorch's, above %.3g" % (result["memory_ratio"], a.max_memory_ratio)


def summary(a, results, failed, show):
    """One line for each mode."""
    show("%-16s %16s %16s   %s" % ("PyTorch", "PyTorch ms/step", "trainer ms/step", "ratio, median (range)"))
    for r in results:
        p, t = statistics.median(run["ms_per_step"] for run in r["pytorch"]), statistics.median(ours(a, run) for run in r["trainer"])
        show("%-16s %16.4f %16.4f   %.2f (%.2f to %.2f)" % (r["mode"], p, t, r["median_ratio"], min(r["ratios"]), max(r["ratios"])))
    for mode in failed:
        show("%-16s failed, see above" % mode)


def main():
    a = options()
    table = sys.stderr if a.json else sys.stdout

    def show(line):
        print(line, file=table, flush=True)

    load = os.getloadavg()[0]
    show("%d-%d-%d, batch %d, noise %g, %s; %s, %d CPUs usable" % (
        DIM, a.neurons, DIM, a.batch, a.noise, "CIFAR-10 latents" if a.data_dir else "generated data",
        cpu_model(), len(os.sched_getaffinity(0))))
    if load > 0.5:
        show("note: other work is running here (load %.1f); ratios are the better for a quiet machine" % load)
    modes = [a.mode]
    if a.mode == "all":
        modes = [m for m in MODES if not MODES[m][1]] if a.gpu is None else [m for m in MODES if m != "loader"]
    results, problems, failed = [], [], []
    for mode in modes:
        try:
            r = compare(a, mode, show)
            results.append(r)
            problems += wrong(a, r)
        except Failed as e:
            failed.append(mode)
            print("bench-vs-pytorch: %s" % e, file=sys.stderr)
    if len(modes) > 1:
        summary(a, results, failed, show)
    if a.json:
        about = {"neurons": a.neurons, "batch": a.batch, "noise": a.noise, "steps": a.steps, "generated_data": not a.data_dir,
                 "cpu": cpu_model(), "load_at_start": load}
        if a.mode == "all":
            print(json.dumps({"modes": results, "failed": failed, **about}))
        elif results:
            print(json.dumps({**results[0], **about}))
    for problem in problems:
        print("bench-vs-pytorch: " + problem, file=sys.stderr)
    sys.exit(1 if problems or failed else 0)


if __name__ == "__main__":
    main()
