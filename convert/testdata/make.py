"""Writes the fixtures of this folder: python make.py (PyTorch 2.x). The network, its names and the
layout of the checkpoint are those of the reference; PyTorch Lightning itself is not needed.

lightning.ckpt is saved after 5 of 10 full-batch steps on data that a test can make again, wave.
expected.json holds the loss before each of the 10 steps, and after the 5th and the last one."""

import argparse
import json
import math
import os
import pathlib

import torch

here = os.path.dirname(os.path.abspath(__file__))
SAMPLES, DIM, HIDDEN, HALF, STEPS = 100, 16, 8, 5, 10


class Noise(torch.nn.Module):
    def forward(self, x):
        return x


class Settings(argparse.Namespace):
    """What the reference keeps its parameters in: a class that no reader of the file knows."""


wave = torch.tensor([math.sin(i) for i in range(SAMPLES * DIM)]).float().reshape(SAMPLES, DIM)

torch.manual_seed(1)
model = torch.nn.Module()
model.net = torch.nn.Sequential(Noise(), torch.nn.Linear(DIM, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, DIM))
opt = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.95))


def loss():
    return ((model.net(wave) - wave) ** 2).mean()


def checkpoint(epoch):
    return {
        "epoch": epoch,
        "global_step": HALF,
        "pytorch-lightning_version": "2.0.2",
        "state_dict": {k: v.clone() for k, v in model.state_dict().items()},
        "loops": {"fit_loop": {"epoch_progress": {"current": {"ready": 5, "started": 5, "processed": 5, "completed": 4}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"dirpath": pathlib.PosixPath("/x"), "best_model_score": None}},
        "optimizer_states": [opt.state_dict()],
        "lr_schedulers": [],
        "hparams_name": "params",
        "hyper_parameters": {
            "params": Settings(
                batch_size=SAMPLES, epochs_to_train_for=STEPS, lr=0.01, adam_betas=(0.8, 0.95), opt="Adam", gradient_clip=1.0,
                diffusion_noise=0.0, noise_type="normal", act_func=torch.nn.ReLU(), random_seed=7, classification=False,
            )
        },
    }


losses, saved = [], None
for step in range(STEPS):
    if step == HALF:
        torch.save(checkpoint(HALF - 1), os.path.join(here, "lightning.ckpt"))
    opt.zero_grad()
    l = loss()
    losses.append(l.item())
    l.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
losses.append(loss().item())
with open(os.path.join(here, "expected.json"), "w") as f:
    json.dump({"loss_before_step": losses}, f)
    f.write("\n")
