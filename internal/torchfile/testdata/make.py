"""Writes the fixtures of this folder: python make.py (PyTorch 2.x). Each holds the same values in
the zip and in the legacy format; file_test.go states what must come out."""

import collections
import os

import torch

here = os.path.dirname(os.path.abspath(__file__))


def save(name, value):
    torch.save(value, os.path.join(here, name + ".zip.pt"))
    torch.save(value, os.path.join(here, name + ".legacy.pt"), _use_new_zipfile_serialization=False)


images = (torch.arange(6, dtype=torch.float32) / 4).reshape(3, 2)
labels = torch.tensor([2, 0, 1])
save("tuple", (images, labels))

base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
dtypes = [torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.int8, torch.int16, torch.int32, torch.bool]
save(
    "mixed",
    {
        "types": [torch.tensor([0, 1, 3]).to(d) for d in dtypes],
        "views": {"transposed": base.t(), "part": base[1:, 1:3], "last": base[2], "expanded": base[0, 3].expand(2, 2)},
        "scalar": torch.tensor(7.5),
        "empty": torch.zeros(0, 3),
        7: "text",
        "none": None,
    },
)

module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
with torch.no_grad():
    module[0].weight.copy_(torch.tensor([[1.5, -2.0]]))
    module[0].bias.fill_(0.25)
state = module.state_dict()
save("state", collections.OrderedDict(state, tied=torch.nn.Parameter(state["0.weight"])))

torch.save(torch.tensor([1, 2**63], dtype=torch.uint64), os.path.join(here, "uint64.zip.pt"))


class Unknown:
    pass


torch.save({"x": base, "what": Unknown()}, os.path.join(here, "unknown.zip.pt"))


# Beside a tensor: a subclass of dict, a plain object, an enum, a path, a function bound to a class,
# and an object that asks for a function to be called with a command.
import argparse
import enum
import pathlib


class Settings(dict):
    pass


class Kind(enum.Enum):
    A = 1

    def __reduce_ex__(self, protocol):
        return (Kind, (self.value,))


class Bound:
    @classmethod
    def make(cls):
        return cls()

    def __reduce__(self):
        return (getattr(Settings, "fromkeys"), (("a",),))


def Evil(command):
    raise SystemExit("ran " + command)


class Asks:
    def __reduce__(self):
        return (Evil, ("touch owned",))


torch.save(
    {
        "settings": Settings(lr=0.5, kind=None),
        "options": argparse.Namespace(seed=3),
        "kind": Kind.A,
        "path": pathlib.PosixPath("/a/b"),
        "bound": Bound(),
        "evil": Asks(),
        "state_dict": {"w": torch.tensor([1.0, 2.0])},
    },
    os.path.join(here, "objects.zip.pt"),
)
