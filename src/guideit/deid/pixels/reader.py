"""What reads text in a picture: a seam, and rapidocr behind it.

Models come with the reader's wheel and are given by path; a model that is not there is refused, never fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.regions import Box
from guideit.errors import DetectorMissing

Picture = NDArray[np.uint8]
"""Rows, columns (grey), or rows, columns, 3 (colour)."""
INSTALL = "pip install 'guideit[pixels]'"
STEP = 32
"""The network's own step in pixels: both sides of what it sees are multiples of it."""
LEAST_SCORE = 0.3
"""Of what is reported at all; who asks decides what score is enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A line of text: the box it stands in, how sure the detector is (0 to 1), its four corners (column, row)."""

    box: Box
    score: float
    corners: tuple[tuple[float, float], ...] = ()


class TextReader(Protocol):
    """Finds lines of text in a picture, and reads one."""

    @property
    def name(self) -> str:
        """What reads, with its version; goes into the evidence."""

    def detect(self, image: Picture, enlarge: float = 1.0) -> Sequence[Found]:
        """Lines of text, boxes in pixels of `image`; the picture is looked at `enlarge` times its size."""

    def read(self, image: Picture, box: Box) -> tuple[str, float]:
        """The text in a box and how sure the reader is (0 to 1); upright boxes are read turned both ways."""


@lru_cache(maxsize=2)
def open_reader(threads: int = 1) -> TextReader:
    """The reader of this process, loaded once; `threads` of computation.

    Raises:
        DetectorMissing: rapidocr, its engine or its models are not installed.
    """
    try:
        return _RapidReader(threads)
    except ImportError as missing:
        raise DetectorMissing("no reader of text in images is installed", why="rapidocr", do=INSTALL) from missing


def _model(folder: Path, kind: str) -> str:
    """Path of the one model of a kind in the wheel."""
    models = sorted((folder / "models").glob(f"*_{kind}_*.onnx"))
    if not models:
        raise DetectorMissing("the reader of text in images has no model", why=f"rapidocr, {kind}", do=INSTALL)
    return str(models[0])


class _RapidReader:
    """PP-OCR on the CPU by rapidocr and onnxruntime."""

    def __init__(self, threads: int) -> None:
        import cv2
        import onnxruntime
        import rapidocr

        with suppress(AttributeError):
            onnxruntime.disable_telemetry_events()
        cv2.setNumThreads(threads)
        self._cv2 = cv2
        folder = Path(rapidocr.__file__).parent
        self.name = f"rapidocr {version('rapidocr')}, {Path(_model(folder, 'det')).stem}"
        settings = {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_preprocess_img": False,
            "Global.use_vertical_padding": False,
            "Det.model_path": _model(folder, "det"),
            "Det.limit_side_len": STEP,
            "Det.box_thresh": LEAST_SCORE,
            "Rec.model_path": _model(folder, "rec"),
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._engine: Any = rapidocr.RapidOCR(params=settings)

    def detect(self, image: Picture, enlarge: float = 1.0) -> Sequence[Found]:
        rows, columns = image.shape[:2]
        wide, high = (max(round(n * enlarge), STEP) for n in (columns, rows))
        framed = self._framed(self._scaled(image, wide, high))
        answer = self._engine(framed, use_det=True, use_cls=False, use_rec=False)
        if answer.boxes is None:
            return ()
        corners = (np.asarray(answer.boxes, np.float64) - STEP) * (columns / wide, rows / high)
        return [_found(c, float(s), rows, columns) for c, s in zip(corners, answer.scores, strict=True)]

    def read(self, image: Picture, box: Box) -> tuple[str, float]:
        crop = image[box.top : box.bottom, box.left : box.right]
        if crop.size == 0:
            return "", 0.0
        upright = box.bottom - box.top > 1.5 * (box.right - box.left)
        turned = [np.rot90(crop, k) for k in ((1, 3) if upright else (0,))]
        return max((self._line(t) for t in turned), key=lambda read: read[1])

    def _line(self, crop: Picture) -> tuple[str, float]:
        colour = np.ascontiguousarray(crop if crop.ndim == 3 else np.repeat(crop[..., None], 3, axis=2))
        answer = self._engine(colour, use_det=False, use_cls=False, use_rec=True)
        return (str(answer.txts[0]), float(answer.scores[0])) if answer.txts else ("", 0.0)

    def _scaled(self, image: Picture, wide: int, high: int) -> Picture:
        if image.shape[:2] == (high, wide):
            return image
        kind = self._cv2.INTER_CUBIC if wide > image.shape[1] else self._cv2.INTER_AREA
        return np.asarray(self._cv2.resize(image, (wide, high), interpolation=kind), np.uint8)

    def _framed(self, image: Picture) -> Picture:
        """With a margin all around, to a size the network takes as it is: text at the very edge is found too."""
        low, right = (2 * STEP + -n % STEP - STEP for n in image.shape[:2])
        border = self._cv2.BORDER_REPLICATE
        return np.asarray(self._cv2.copyMakeBorder(image, STEP, low, STEP, right, border), np.uint8)


def _found(corners: NDArray[np.float64], score: float, rows: int, columns: int) -> Found:
    """A quadrangle and the box around it, cut to the picture."""
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    box = Box(max(int(left), 0), max(int(top), 0), min(int(right), columns), min(int(bottom), rows))
    return Found(box=box, score=score, corners=tuple((float(x), float(y)) for x, y in corners))
