"""Times torch.topk plus scatter: the 10 largest of 10,000 activations of each of 1,024 samples stay.

  torch_topk.py [PASSES] [--device cpu|cuda:N] [--rows N]

Prints the median time of one pass in milliseconds. The activations are normal numbers after a
ReLU, which is not timed here, though the trainer's pass includes it. On a GPU the clock stands at stretches
of passes, with no wait in between, after a second of the same work. Threads: $OMP_NUM_THREADS, else all.
"""

import argparse
import os
import statistics
import time

import torch

COLS, K = 10000, 10


def mask(a):
    values, index = torch.topk(a, K, dim=1, sorted=False)
    return torch.zeros_like(a).scatter_(1, index, values)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("passes", nargs="?", type=int, default=15)
    p.add_argument("--device", default="cpu")
    p.add_argument("--rows", type=int, default=1024)
    a = p.parse_args()
    gpu = a.device.startswith("cuda")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0)))))
    torch.manual_seed(1)
    x = torch.relu(torch.randn(a.rows, COLS)).to(a.device)
    stretch = 20 if gpu else 1

    def seconds():
        """Of a pass, in the mean over a stretch of them."""
        if gpu:
            torch.cuda.synchronize(x.device)
        start = time.perf_counter()
        for _ in range(stretch):
            mask(x)
        if gpu:
            torch.cuda.synchronize(x.device)
        return (time.perf_counter() - start) / stretch

    with torch.no_grad():
        warm = 0
        while warm < (1 if gpu else 0):  # an idle GPU's clock is slow to rise
            warm += stretch * seconds()
        times = [seconds() for _ in range(a.passes + 3)][3:]
    print("%.4f" % (1e3 * statistics.median(times)))


if __name__ == "__main__":
    main()
