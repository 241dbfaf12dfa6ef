"""Times torch.topk plus scatter: the 10 largest of 10,000 activations of each of 1,024 samples stay.

Prints the median time of one pass in milliseconds. The activations are normal numbers after a
ReLU, which is not timed here, though the trainer's pass includes it. Threads: $OMP_NUM_THREADS, else all.
"""

import os
import statistics
import sys
import time

import torch

ROWS, COLS, K = 1024, 10000, 10


def mask(a):
    values, index = torch.topk(a, K, dim=1, sorted=False)
    return torch.zeros_like(a).scatter_(1, index, values)


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0)))))
    passes = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    torch.manual_seed(1)
    x = torch.relu(torch.randn(ROWS, COLS))
    times = []
    with torch.no_grad():
        for i in range(passes + 3):
            start = time.perf_counter()
            mask(x)
            if i >= 3:
                times.append(time.perf_counter() - start)
    print("%.3f" % (1e3 * statistics.median(times)))


if __name__ == "__main__":
    main()
