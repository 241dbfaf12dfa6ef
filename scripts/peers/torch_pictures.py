"""The peer of scripts/bench-pictures: torchvision reads the pictures that trainer reads.

    torch_pictures.py time FOLDER PASSES    seconds of passes over ImageFolder(FOLDER), two workers, one JSON line each
    torch_pictures.py pixels FOLDER FILE    compares trainer's pixels (a file of its cache) with PIL's

A pass makes uint8 tensors of all pictures, in batches: the pixels as trainer keeps them, without ToTensor's division.
"""

import json
import sys
import time

import numpy as np
import torch
from torchvision.datasets import ImageFolder


def as_tensor(img):
    return torch.from_numpy(np.asarray(img).copy()).permute(2, 0, 1)


def one_pass(folder):
    start = time.perf_counter()
    data = ImageFolder(folder, transform=as_tensor)
    n = 0
    for x, _ in torch.utils.data.DataLoader(data, batch_size=256, num_workers=2):
        n += len(x)
    return {"pictures": n, "seconds": time.perf_counter() - start}


def cached(file):
    """The images of a safetensors file: 8 bytes with the header's length, the header, the tensors."""
    with open(file, "rb") as f:
        b = f.read()
    start = 8 + int.from_bytes(b[:8], "little")
    images = json.loads(b[8:start])["images"]
    lo, hi = images["data_offsets"]
    return np.frombuffer(b, np.uint8, hi - lo, start + lo).reshape(images["shape"])


def pixels(folder, file):
    """Rows of the file take the classes in turn: the first picture of each, the second of each, and so on."""
    ours = cached(file)
    data = ImageFolder(folder, transform=as_tensor)
    by_class = [[] for _ in data.classes]
    for i, (_, label) in enumerate(data.samples):
        by_class[label].append(i)
    order = [c[k] for k in range(max(map(len, by_class))) for c in by_class if k < len(c)]
    difference = np.zeros(256, np.int64)
    for row, i in zip(ours, order, strict=True):
        d = np.abs(row.astype(np.int16) - data[i][0].numpy())
        difference += np.bincount(d.ravel(), minlength=256)
    total = difference.sum()
    return {
        "pictures": len(ours),
        "values": int(total),
        "largest": int(np.nonzero(difference)[0].max()),
        "mean": float((difference * np.arange(256)).sum() / total),
        "differ": float(difference[1:].sum() / total),
        "by_more_than_1": float(difference[2:].sum() / total),
    }


if __name__ == "__main__":
    if sys.argv[1] == "time":
        for _ in range(int(sys.argv[3])):
            print(json.dumps(one_pass(sys.argv[2])), flush=True)
    else:
        print(json.dumps(pixels(sys.argv[2], sys.argv[3])))
