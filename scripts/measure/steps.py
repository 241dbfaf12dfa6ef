"""All steps, what matters most first: where time runs out, the last ones are left out."""

from . import right, speed
from .base import Measure

__all__ = ["ALL", "Measure"]

ALL = [right.MACHINE, *speed.STEPS, *speed.TORCH, *right.STEPS, *right.SANITIZERS]
