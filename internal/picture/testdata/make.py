"""Writes the pictures beside this file and what PIL makes of them: python make.py (needs numpy, pillow and libjpeg-turbo's cjpeg).

<name>.jpg or .png, and in pixels.npz the uint8 array (height, width, 3) of its convert("RGB"), and (height, width) of
its convert("L"), under <name>.<ending>/rgb and /grey.
"""

import io
import os
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
pixels = {}


def photo(h, w, c=3, seed=0):
    """Smooth shapes with some noise, as photographs have."""
    r = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w]
    planes = [127 + 90 * np.sin(x / (3 + k) + y / (5 - k) + k) + r.normal(0, 12, (h, w)) for k in range(c)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def keep(name, data, reference=True):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)
    if reference:
        img = Image.open(io.BytesIO(data))
        pixels[name + "/rgb"] = np.asarray(img.convert("RGB"))
        pixels[name + "/grey"] = np.asarray(img.convert("L") if img.mode != "CMYK" else img.convert("RGB").convert("L"))


def save(name, img, **options):
    b = io.BytesIO()
    img.save(b, "JPEG" if name.endswith("jpg") else "PNG", **options)
    keep(name, b.getvalue())


for ratio, n in (("444", 0), ("422", 1), ("420", 2)):
    for h, w in ((32, 32), (17, 13), (5, 3), (1, 1)):
        save(f"rgb{ratio}_{h}x{w}.jpg", Image.fromarray(photo(h, w)), subsampling=n, quality=85)
for ratio, factors in (("440", "1x2"), ("411", "4x1"), ("410", "4x2")):  # PIL writes the three above alone
    ppm = io.BytesIO()
    Image.fromarray(photo(18, 27)).save(ppm, "PPM")
    command = ["cjpeg", "-quality", "85", "-sample", factors]
    keep(f"rgb{ratio}_18x27.jpg", subprocess.run(command, input=ppm.getvalue(), capture_output=True, check=True).stdout)
# Squares of one colour each: the inverse transform has nothing to round, so that what is left is upsampling.
squares = np.kron(np.random.default_rng(2).integers(0, 256, (3, 4, 3)), np.ones((16, 16, 1))).astype(np.uint8)
for ratio, factors in (("420", "2x2"), ("422", "2x1"), ("440", "1x2")):
    ppm = io.BytesIO()
    Image.fromarray(squares[:39, :51]).save(ppm, "PPM")
    command = ["cjpeg", "-quality", "100", "-sample", factors]
    keep(f"squares{ratio}.jpg", subprocess.run(command, input=ppm.getvalue(), capture_output=True, check=True).stdout)
save("progressive.jpg", Image.fromarray(photo(40, 33)), progressive=True, quality=80)
save("grey.jpg", Image.fromarray(photo(19, 21)[..., 0]))
save("cmyk.jpg", Image.fromarray(photo(16, 16, 4), "CMYK"))
save("kept_rgb.jpg", Image.fromarray(photo(16, 16)), keep_rgb=True)
save("grey.png", Image.fromarray(photo(9, 7)[..., 0]))
save("bits.png", Image.fromarray(photo(9, 7)[..., 0] > 127))
save("rgb.png", Image.fromarray(photo(9, 7)))
save("rgba.png", Image.fromarray(photo(9, 7, 4), "RGBA"))
save("grey_alpha.png", Image.fromarray(photo(9, 7, 2), "LA"))
palette = Image.fromarray(photo(9, 7)).quantize(7)
save("palette.png", palette)
save("palette_alpha.png", palette, transparency=2)


def png16(grey):
    """A PNG of 16 bits a channel, which PIL cannot write, or clips where it is grey."""
    h, w = 5, 6
    p = photo(h, w, 1 if grey else 3, seed=1).astype(">u2") * 257 + 100
    rows = b"".join(b"\0" + r.astype(">u2").tobytes() for r in p.reshape(h, -1))
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    head = struct.pack(">IIBBBBB", w, h, 16, 0 if grey else 2, 0, 0, 0)
    name = "grey16.png" if grey else "rgb16.png"
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    keep(name, data, reference=not grey)
    if grey:  # the upper 8 bits
        v = (p.reshape(h, w).astype(int) >> 8).astype(np.uint8)
        pixels[name + "/grey"], pixels[name + "/rgb"] = v, np.stack([v] * 3, -1)


png16(True)
png16(False)
np.savez_compressed(os.path.join(HERE, "pixels.npz"), **pixels)
