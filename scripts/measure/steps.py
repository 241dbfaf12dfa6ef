"""All steps, what matters most first: where time runs out, the last ones are left out."""

from . import right, sanitize, speed
from .base import Measure

__all__ = ["ALL", "GROUPS", "Measure"]

GROUPS = {"correct": right.STEPS, "speed": speed.STEPS, "pytorch": speed.TORCH, "sanitizers": sanitize.STEPS}
ALL = [right.MACHINE] + [step for group in GROUPS.values() for step in group]
