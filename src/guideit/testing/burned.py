"""Text planted into pixels, to measure what is found: real and generated pictures, fonts, scripts, sizes, contrasts.

Every planted line can be read by a person: it differs from what lies below it by a stated share of the picture's range.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from guideit.deid.pixels.frames import Opener, PixelFile
from guideit.deid.pixels.regions import Box

Pixels = NDArray[Any]
LATIN = (
    "Müller, Jürgen", "Nowak Łukasz", "José Núñez", "SMITH^JOHN", "Åsa Öberg", "Frau Groß 12.03.1954", "Čapek, Šimon",
    "DOB 1961-07-30", "PID 0045123", "ID: 7730412", "St. Anna Hospital", "Dr. Weiß", "François Lefèvre",
    "Acc# 20190412-33", "M 063Y 14/02/1957", "Klinikum Süd 08:41:17",
)  # fmt: skip
CYRILLIC = ("Иванов Сергей", "Петрова Анна", "Больница № 12", "Дата рожд. 03.05.1948", "Ковальчук Юрій")
JAPANESE = ("山田太郎 様", "佐藤花子", "東京中央病院", "生年月日 1950年4月2日", "鈴木一郎 患者")
FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "Arial.ttf",
    "LiberationSans-Regular.ttf",
)
JAPANESE_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", "NotoSerifCJK-Regular.ttc", "msgothic.ttc")
SIZES = (8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32)
INKS = ("white", "grey", "yellow", "faint", "dark")
FAINT = (0.12, 0.2)
"""Contrast of faint text, of the picture's range; all other text has at least the lower one."""

OVER_GRAIN, SMALL = 1.75, 14
"""Contrast over the grain of what lies below, from which a letter can be read; more for letters below 14 pixels."""
READABLE = 0.7
"""Share of a line's letters that can be read."""
INKED = 0.4
"""Coverage from which a pixel has ink."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a line is written: its script, text, height in pixels, ink, quarter turns, and whether edges are smooth."""

    script: str
    text: str
    size: int
    ink: str
    turns: int
    smooth: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A series, or a single picture, and what was planted in it.

    Attributes:
        background: What lies below.
        style: The line; None where nothing was planted.
        frames: Every frame as stored, one instance each.
        planted: Where the line stands, and in which frames; None where nothing was planted.
        ink: Of the pixels of that place, those with ink; None counts them all.
    """

    background: str
    style: Style | None
    frames: Sequence[Pixels] = field(repr=False)
    planted: tuple[Box, range] | None = None
    ink: NDArray[np.bool_] | None = field(default=None, repr=False)

    @property
    def openers(self) -> list[Opener]:
        """As `find_text` takes them."""
        return [_opener(frame) for frame in self.frames]


def pixel_file(frame: Pixels, **attributes: Any) -> PixelFile:
    """An instance of one frame: grey (rows, columns) of any integer, or 8-bit RGB (rows, columns, 3)."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.Rows, made.Columns = frame.shape[:2]
    made.SamplesPerPixel = 3 if frame.ndim == 3 else 1
    made.PhotometricInterpretation = "RGB" if frame.ndim == 3 else "MONOCHROME2"
    if frame.ndim == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * frame.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(frame.dtype.kind == "i")
    made.PixelData = np.ascontiguousarray(frame).tobytes()
    made["PixelData"].VR = "OB" if frame.dtype.itemsize == 1 else "OW"
    for name, value in attributes.items():
        setattr(made, name, value)
    rows, columns = frame.shape[:2]
    return PixelFile(
        dataset=made,
        rows=rows,
        columns=columns,
        frames=1,
        samples=int(made.SamplesPerPixel),
        syntax=str(ExplicitVRLittleEndian),
    )


def _opener(frame: Pixels) -> Opener:
    return lambda: pixel_file(frame)


@lru_cache(maxsize=64)
def _font(size: int, names: tuple[str, ...], pick: int) -> Any:
    """One of the fonts that this system has; Pillow's own where it has none and the script is Latin."""
    for turn in range(len(names)):
        try:
            return ImageFont.truetype(names[(pick + turn) % len(names)], size)
        except OSError:
            continue
    return None if names is JAPANESE_FONTS else ImageFont.load_default(size)


def drawn(style: Style, pick: int = 0) -> NDArray[np.float32] | None:
    """The line alone: coverage from 0 to 1, cut to its ink; None where no font here has its script."""
    font = _font(style.size, JAPANESE_FONTS if style.script == "japanese" else FONTS, pick)
    if font is None:
        return None
    left, top, right, bottom = font.getbbox(style.text)
    canvas = Image.new("L" if style.smooth else "1", (int(right - left) + 4, int(bottom - top) + 4))
    pen = ImageDraw.Draw(canvas)
    pen.fontmode = "L" if style.smooth else "1"
    pen.text((2 - left, 2 - top), style.text, fill=255 if style.smooth else 1, font=font)
    ink = np.asarray(canvas, np.float32) / (255 if style.smooth else 1)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return np.ascontiguousarray(
        np.rot90(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], style.turns), np.float32
    )


def styles(rng: np.random.Generator) -> Iterator[Style]:
    """Lines at random, every script, size, ink and turn among them."""
    texts = {"latin": LATIN, "cyrillic": CYRILLIC, "japanese": JAPANESE}
    while True:
        script = str(rng.choice(["latin", "latin", "cyrillic", "japanese"]))
        yield Style(
            script=script,
            text=str(rng.choice(texts[script])),
            size=int(rng.choice(SIZES)),
            ink=str(rng.choice(INKS)),
            turns=int(rng.choice([0, 0, 0, 0, 1, 3])),
            smooth=bool(rng.integers(2)),
        )


def _value(style: Style, below: Pixels, low: float, high: float, rng: np.random.Generator) -> float:
    """The ink's value in a picture that shows `low` to `high`, over the values `below`."""
    span = high - low
    middle = float(np.median(below))
    if style.ink == "faint":
        step = span * rng.uniform(*FAINT)
        return middle + step if middle + step <= high else middle - step
    share = {"white": 1.0, "yellow": 1.0, "grey": rng.uniform(0.5, 0.75), "dark": 0.0}[style.ink]
    return low + share * span


def _legible(value: float, below: Pixels, span: float, letter: int) -> bool:
    """Whether a person can read the ink: enough contrast to the middle and to most of what lies below, and enough
    over the grain under most letters. `letter` is their height."""
    grey = np.asarray(below.mean(axis=2) if below.ndim == 3 else below, np.float64)
    away = np.abs(grey - value)
    seen = np.median(away) >= FAINT[0] * span * 0.99 and np.mean(away >= 0.06 * span) >= 0.9
    return bool(seen and np.mean(over_grain(value, grey, letter) >= OVER_GRAIN * max(SMALL / letter, 1)) >= READABLE)


def over_grain(value: float, below: NDArray[np.float64], letter: int) -> NDArray[np.float64]:
    """For each letter's place, the ink's contrast over the standard deviation of what lies below, of what is wider
    than a stroke and narrower than a letter: an edge of anatomy spoils the letter over it, grain all of them."""
    strokes = _averaged(below, max(letter // 8, 1)) - _averaged(below, letter)
    along = int(below.shape[1] >= below.shape[0])
    parts = partial(np.array_split, indices_or_sections=max(below.shape[along] // letter, 1), axis=along)
    return np.array(
        [
            float(np.median(np.abs(b - value))) / max(float(np.std(p)), 1e-9)
            for b, p in zip(parts(below), parts(strokes), strict=True)
        ]
    )


def _averaged(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The mean of `width` x `width` pixels around each, edges repeated."""
    for axis in (0, 1):
        edges = [(width // 2, (width - 1) // 2) if a == axis else (0, 0) for a in (0, 1)]
        values = sliding_window_view(np.pad(values, edges, mode="edge"), width, axis).mean(axis=-1)
    return values


def plant(
    frames: Sequence[Pixels], style: Style, where: range, rng: np.random.Generator
) -> tuple[list[Pixels], Box, NDArray[np.bool_]] | None:
    """The frames with the line in those of `where`, its place and its ink; None where nobody could read it anywhere."""
    ink = drawn(style, int(rng.integers(16)))
    rows, columns = frames[0].shape[:2]
    if ink is None or ink.shape[0] > rows - 2 or ink.shape[1] > columns - 2:
        return None
    low, high = float(min(f.min() for f in frames)), float(max(f.max() for f in frames))
    for _ in range(30):
        top, left = int(rng.integers(rows - ink.shape[0])), int(rng.integers(columns - ink.shape[1]))
        box = Box(left, top, left + ink.shape[1], top + ink.shape[0])
        below = np.stack([f[box.top : box.bottom, box.left : box.right] for f in (frames[i] for i in where)])
        value = _value(style, below, low, high, rng)
        if all(_legible(value, b, high - low, style.size) for b in below):
            written = [_written(f, ink, box, value, style) if i in where else f for i, f in enumerate(frames)]
            return written, box, ink >= INKED
    return None


def _written(frame: Pixels, ink: NDArray[np.float32], box: Box, value: float, style: Style) -> Pixels:
    """A copy of a frame with the line in it; yellow in colour has no blue."""
    out = frame.copy()
    patch = out[box.top : box.bottom, box.left : box.right]
    colour = np.full(patch.shape, value)
    if patch.ndim == 3:
        ink = ink[..., None]
        colour[..., 2] = 0 if style.ink == "yellow" else value
    mixed = patch * (1 - ink) + colour * ink
    patch[...] = np.rint(mixed).astype(frame.dtype)
    return out
