"""Writes the batches beside this file: python make.py (needs numpy).

Three images, byte i being (7 i + 3) mod 256 over all of them: with each protocol of Python 3, and as Python 2's
cPickle wrote the files of cifar-10-python.tar.gz, which Python 3 then has to read back.
"""

import gzip
import os
import pickle
import struct

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
PIXELS = ((np.arange(3 * 3072) * 7 + 3) % 256).astype(np.uint8).reshape(3, 3072)


def write(name, data):
    with open(os.path.join(HERE, name + ".gz"), "wb") as f:
        f.write(gzip.compress(data, 9, mtime=0))


def python2():
    """The instructions of Python 2: strings are BINSTRING and SHORT_BINSTRING, also those of bytes."""
    s = lambda b: b"U" + bytes([len(b)]) + b
    return (
        b"\x80\x02}q\x01(" + s(b"data") + b"q\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85"
        + s(b"b") + b"\x87Rq\x05(K\x01K\x03M\x00\x0c\x86cnumpy\ndtype\nq\x06" + s(b"u1") + b"K\x00K\x01\x87Rq\x07(K\x03" + s(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<I", PIXELS.size) + PIXELS.tobytes()
        + b"tb" + s(b"labels") + b"q\x08]q\x09(K\x06K\x09K\x02e" + s(b"batch_label") + s(b"training batch 1 of 5")
        + s(b"filenames") + b"]q\x0a(" + s(b"a.png") + s(b"b.png") + s(b"c.png") + b"eu."
    )


old = python2()
for encoding, key in (("bytes", b"data"), ("latin1", "data")):
    assert (pickle.loads(old, encoding=encoding)[key] == PIXELS).all()
write("cifar10.python2", old)
for p in range(2, 6):
    names = [b"a.png", b"b.png", b"c.png"]
    write(f"cifar10.bytes.p{p}", pickle.dumps({b"labels": [6, 9, 2], b"data": PIXELS, b"filenames": names}, p))
    write(f"cifar10.fortran.p{p}", pickle.dumps({"labels": np.array([6, 9, 2]), "data": np.asfortranarray(PIXELS)}, p))
    write(f"cifar10.scalars.p{p}", pickle.dumps({"labels": list(np.array([6, 9, 2])), "data": PIXELS}, p))
    write(f"cifar100.p{p}", pickle.dumps({b"fine_labels": [99, 0, 5], b"coarse_labels": [19, 0, 1], b"data": PIXELS}, p))
