"""A ConvMixer in PyTorch, to compare the trainer with: the same weights, images and batches.

    torch_convmixer.py train FILE.npz       trains, and prints the loss of each step
    torch_convmixer.py embed [options]      times the features of images, or saves them

Both print one JSON object. The network is that of the reference (Trockman and Kolter 2022), with its
names: features.0 patches, features.2 their batch normalisation, features.{3+i} the blocks, classifier.
"""

import argparse
import json
import os
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return x + self.fn(x)


class ConvMixer(nn.Module):
    def __init__(self, dim, depth, kernel, patch, classes):
        super().__init__()
        blocks = [nn.Sequential(
            Residual(nn.Sequential(nn.Conv2d(dim, dim, kernel, groups=dim, padding="same"), nn.GELU(), nn.BatchNorm2d(dim))),
            nn.Conv2d(dim, dim, 1), nn.GELU(), nn.BatchNorm2d(dim)) for _ in range(depth)]
        self.features = nn.Sequential(nn.Conv2d(3, dim, patch, stride=patch), nn.GELU(), nn.BatchNorm2d(dim), *blocks)
        self.classifier = nn.Linear(dim, classes)

    def embed(self, x):
        return self.features(x).mean((2, 3))

    def forward(self, x):
        return self.classifier(self.embed(x))


def shaped(state):
    """The network whose parameters have the shapes of a state dict."""
    depth = sum(1 for name in state if name.endswith(".0.fn.0.weight"))
    dim, _, _, patch = state["features.0.weight"].shape
    net = ConvMixer(dim, depth, state["features.3.0.fn.0.weight"].shape[3], patch, state["classifier.weight"].shape[0])
    net.load_state_dict(state)
    return net


def normalised(images):
    """uint8 images as the network sees them."""
    x = torch.as_tensor(images).float() / 255
    return (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def train(a):
    """AdamW with the gradient's norm clipped, on the batches that the file lists."""
    file = np.load(a.file)
    weights = {n[len("init/"):]: torch.as_tensor(file[n]) for n in file.files if n.startswith("init/")}
    net = shaped(weights).train()
    x, labels = normalised(file["images"]), torch.as_tensor(file["labels"]).long()
    o = torch.optim.AdamW(net.parameters(), lr=a.lr, weight_decay=a.weight_decay)
    losses = []
    for rows in torch.as_tensor(file["order"]).long():
        loss = nn.functional.cross_entropy(net(x[rows]), labels[rows])
        o.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), a.clip)
        o.step()
        losses.append(loss.item())
    return {"losses": losses}


def embed(a):
    net = shaped(torch.load(a.weights, map_location="cpu", weights_only=True)).eval()
    raw = np.fromfile(a.images, dtype=np.uint8).reshape(-1, 3073)[: a.limit]
    images = raw[:, 1:].reshape(-1, 3, 32, 32)
    if a.channels_last:
        net = net.to(memory_format=torch.channels_last)
    out = torch.empty(len(images), net.classifier.in_features, dtype=torch.float16)
    seconds = []
    with torch.inference_mode():
        for repeat in range(1 + a.repeats):  # the first one warms up
            began = time.perf_counter()
            for i in range(0, len(images), a.batch):
                x = normalised(images[i:i + a.batch])
                if a.channels_last:
                    x = x.contiguous(memory_format=torch.channels_last)
                out[i:i + a.batch] = net.embed(x).half()
            seconds.append(time.perf_counter() - began)
    if a.out:
        torch.save((out, torch.as_tensor(raw[:, 0].astype(np.int64))), a.out)
    median = statistics.median(seconds[1:])
    return {"images": len(images), "seconds": median, "samples_per_second": len(images) / median, "torch": torch.__version__}


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = p.add_subparsers(dest="command", required=True)
    t = commands.add_parser("train")
    t.add_argument("file", help=".npz with images (uint8, n x 3 x h x w), labels, order (steps x batch), init/<parameter>")
    t.add_argument("--lr", type=float, default=0.01)
    t.add_argument("--weight-decay", type=float, default=0.005)
    t.add_argument("--clip", type=float, default=1.0)
    e = commands.add_parser("embed")
    e.add_argument("--images", required=True, help="a binary batch of CIFAR-10")
    e.add_argument("--weights", required=True, help="state dict, .pt")
    e.add_argument("--limit", type=int, default=10000)
    e.add_argument("--batch", type=int, default=64)
    e.add_argument("--repeats", type=int, default=1, help="timed passes over the images, after one that is not")
    e.add_argument("--channels-last", action="store_true")
    e.add_argument("--out", help="save (features, labels), .pt")
    for c in (t, e):
        c.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    json.dump({"train": train, "embed": embed}[a.command](a), sys.stdout)
    print()


if __name__ == "__main__":
    main()
