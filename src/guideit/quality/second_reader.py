"""A second reader of text in images, built otherwise than the one that cleans: Tesseract where it is installed.

Tesseract segments lines classically and recognises them with an LSTM; the cleaning uses PP-OCR, a convolutional
detector. Where there is no Tesseract, PP-OCR reads once more, at another scale and polarity and with local contrast.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.errors import DetectorMissing

Grey = NDArray[np.uint8]
"""An image of 8 bits, (rows, columns)."""
_THRESHOLDS = (0, 1)
"""Tesseract's ways from grey to black: one threshold for all, which noise does not disturb, and one for each tile of
the image, which reads what lies over anatomy."""
SECONDS = 120
"""One image takes a second; what takes longer than this is not read, and that is a failure."""
_SMALL, _TILE, _OVERLAP = 700, 1024, 128
"""Images of fewer pixels a side are enlarged threefold, others twofold; larger ones than a tile are read in tiles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word that was read, and how sure the reader is, 0 to 100."""

    text: str = field(repr=False)
    sure: float


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What reads: its name and version, and a function of an image in which text is dark on light."""

    name: str
    read: Callable[[Grey], list[Word]] = field(repr=False)

    def words(self, image: Grey) -> list[Word]:
        """All words of an image, tile by tile. It raises whatever the reader raises."""
        return [word for tile in _tiles(image) for word in self.read(tile)]


@lru_cache(maxsize=1)
def find_reader() -> Reader | None:
    """Tesseract, else PP-OCR used otherwise than the cleaning does, else nothing."""
    return _tesseract() or _pp_ocr()


def need_reader() -> Reader:
    """The reader.

    Raises:
        DetectorMissing: There is none.
    """
    reader = find_reader()
    if reader is None:
        do = "install Tesseract (`apt install tesseract-ocr`), or `pip install 'guideit[pixels]'`"
        raise DetectorMissing("nothing is installed that reads released pixels a second time", do=do)
    return reader


def _tiles(image: Grey) -> Iterator[Grey]:
    rows, columns = image.shape
    step = _TILE - _OVERLAP
    for top in range(0, max(rows - _OVERLAP, 1), step):
        for left in range(0, max(columns - _OVERLAP, 1), step):
            yield image[top : top + _TILE, left : left + _TILE]


def _tesseract() -> Reader | None:
    program = shutil.which("tesseract")
    if program is None:
        return None
    told = _run([program, "--version"], b"").split(b"\n", 1)[0].decode("ascii", "replace").strip()
    return Reader(name=f"{told} (eng)", read=lambda image: _read_by_tesseract(program, image))


def _run(line: list[str], given: bytes) -> bytes:
    """Run a program of this machine with one thread: the series are what runs in parallel."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(  # noqa: S603 a program that is installed, no shell, pixels on its standard input only
        line, input=given, capture_output=True, check=True, timeout=SECONDS, env=environment
    )
    return done.stdout


def _read_by_tesseract(program: str, image: Grey) -> list[Word]:
    """Sparse text; the image is handed over as PGM, and the answer is a table."""
    enlarged = _enlarged(image, 3 if max(image.shape) < _SMALL else 2)
    head = f"P5\n{enlarged.shape[1]} {enlarged.shape[0]}\n255\n".encode()
    words: list[Word] = []
    for threshold in _THRESHOLDS:
        line = [program, "stdin", "stdout", "--psm", "11", "-l", "eng", "-c", f"thresholding_method={threshold}", "tsv"]
        rows = _run(line, head + enlarged.tobytes()).decode("utf-8", "replace").splitlines()[1:]
        cells = (row.split("\t") for row in rows)
        words += [Word(text=c[11].strip(), sure=float(c[10])) for c in cells if len(c) > 11 and c[11].strip()]
    return words


def _enlarged(image: Grey, times: int) -> Grey:
    """Linear between pixels: letters of eight pixels are too small for Tesseract."""
    values = image.astype(np.float32)
    for axis in (0, 1):
        at = (np.arange(values.shape[axis] * times) + 0.5) / times - 0.5
        low = np.clip(np.floor(at).astype(int), 0, values.shape[axis] - 1)
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = np.clip(at - low, 0, 1).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return np.asarray(values + 0.5, np.uint8)


def _pp_ocr() -> Reader | None:
    try:
        import cv2
        from rapidocr import RapidOCR
    except ImportError:
        return None
    engine = RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1})
    return Reader(name="PP-OCR (second scale and polarity)", read=lambda image: _read_by_pp_ocr(engine, cv2, image))


def _read_by_pp_ocr(engine: Any, cv2: Any, image: Grey) -> list[Word]:
    """Half as large again, contrast made even."""
    enlarged = cv2.resize(image, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(enlarged)
    found = engine(cv2.cvtColor(even, cv2.COLOR_GRAY2BGR))
    lines = zip(found.txts or (), found.scores or (), strict=True)
    return [Word(text=word, sure=100 * float(score)) for line, score in lines for word in line.split()]
