"""Text drawn into pixels, overlays and icons, and whether it can still be read there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from guideit.errors import DetectorMissing
from guideit.quality.planting.answers import Drawn, Mask

Pixels = NDArray[Any]
SMALLEST = 96
"""Rows and columns from which text is drawn: on less no name is readable."""
_READABLE = 0.5
"""From this correlation on between what stands in a letter's place and the letter, it counts as readable. Letters
over noise that was drawn anew give 0.1, over anatomy 0.3, planted ones 0.8 and more."""
_ICON = 64
_OVERLAY = 0x60003000


def drawn_line(text: str, height: int) -> Mask:
    """A line of text as a mask, cut to its ink.

    Raises:
        DetectorMissing: Pillow is not there.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as missing:
        raise DetectorMissing("nothing can draw text", do="pip install 'guideit[pixels]'") from missing
    font = ImageFont.load_default(size=height)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    image = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font)
    mask: Mask = np.asarray(image) > 127
    return mask


def burn(pixels: Pixels, lines: tuple[str, ...]) -> tuple[Drawn, ...]:
    """Draw lines into the upper left corner of every frame, as bright as the frame goes; changes `pixels`.

    Args:
        pixels: (frames, rows, columns) or (frames, rows, columns, samples).
        lines: What is drawn; what is too wide is cut.
    """
    rows, columns = pixels.shape[1:3]
    height = max(12, rows // 28)
    at, found = height, []
    ink, paper = pixels.max(), pixels.min()
    for line in lines:
        mask = drawn_line(line, height)[: rows - at, : columns - 2 * height]
        box = (at, height, at + mask.shape[0], height + mask.shape[1])
        area = pixels[:, box[0] : box[2], box[1] : box[3]]
        area[...] = np.minimum(area, (int(ink) + int(paper)) // 2)
        area[:, mask] = ink
        found.append(Drawn(box=box, mask=mask))
        at = box[2] + height // 2
    return tuple(found)


def readable(plane: Pixels, drawn: Drawn) -> bool:
    """Whether any stretch of the text, as wide as it is high, still shows in a frame of (rows, columns[, samples])."""
    top, left, bottom, right = drawn.box
    area = plane[top:bottom, left:right].astype(np.float64)
    if area.ndim == 3:
        area = area.mean(axis=2)
    if area.shape != drawn.mask.shape:
        return False  # the image has another size: nothing stands where it stood
    step = max(bottom - top, 1)
    return any(_alike(area[:, at : at + step], drawn.mask[:, at : at + step]) for at in range(0, right - left, step))


def _alike(area: Pixels, mask: Mask) -> bool:
    if not mask.any() or mask.all() or area.std() == 0:
        return False
    return bool(abs(np.corrcoef(area.ravel(), mask.ravel())[0, 1]) >= _READABLE)


def outside(drawn: tuple[Drawn, ...], shape: tuple[int, ...]) -> Mask:
    """Pixels that no text was drawn near: (rows, columns). What hides a line may take its height around it."""
    kept: Mask = np.ones(shape, dtype=bool)
    for each in drawn:
        top, left, bottom, right = each.box
        around = 2 * (bottom - top)
        kept[max(top - around, 0) : bottom + around, max(left - around, 0) : right + around] = False
    return kept


def plant_overlay(ds: Dataset, text: str) -> tuple[Drawn, ...]:
    """An overlay (PS3.3 C.9.2) with a line of text, as large as the image."""
    rows, columns = int(ds.Rows), int(ds.Columns)
    mask = drawn_line(text, 14)[: rows - 4, : columns - 4]
    plane = np.zeros((rows, columns), dtype=bool)
    plane[4 : 4 + mask.shape[0], 4 : 4 + mask.shape[1]] = mask
    bits = np.packbits(plane.ravel(), bitorder="little").tobytes()
    for element, vr, value in (
        (0x0010, "US", rows), (0x0011, "US", columns), (0x0040, "CS", "G"), (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1), (0x0102, "US", 0), (0x3000, "OW", bits + b"\0" * (len(bits) % 2)),
    ):  # fmt: skip
        ds.add_new(0x60000000 | element, vr, value)
    return (Drawn(box=(4, 4, 4 + mask.shape[0], 4 + mask.shape[1]), mask=mask),)


def overlay_plane(ds: Dataset) -> Pixels | None:
    """The overlay's bits: (rows, columns); None where there is none."""
    if _OVERLAY not in ds or not ds[_OVERLAY].value:
        return None
    rows, columns = int(ds[0x60000010].value), int(ds[0x60000011].value)
    bits = np.unpackbits(np.frombuffer(ds[_OVERLAY].value, dtype="u1"), bitorder="little")
    return bits[: rows * columns].reshape(rows, columns) if len(bits) >= rows * columns else None


def plant_icon(ds: Dataset, text: str) -> tuple[Drawn, ...]:
    """An icon (PS3.3 F.7) with a line of text."""
    plane = np.zeros((_ICON, _ICON), dtype=np.uint8)
    mask = drawn_line(text, 14)[:, : _ICON - 4]
    plane[4 : 4 + mask.shape[0], 4 : 4 + mask.shape[1]][mask] = 255
    item = Dataset()
    item.Rows = item.Columns = _ICON
    item.SamplesPerPixel, item.PhotometricInterpretation, item.PixelRepresentation = 1, "MONOCHROME2", 0
    item.BitsAllocated, item.BitsStored, item.HighBit = 8, 8, 7
    item.add_new("PixelData", "OB", plane.tobytes())
    ds.IconImageSequence = Sequence([item])
    return (Drawn(box=(4, 4, 4 + mask.shape[0], 4 + mask.shape[1]), mask=mask),)


def icon_plane(ds: Dataset) -> Pixels | None:
    """The icon's pixels: (rows, columns); None where there is none, or none that could be read."""
    for item in ds.get("IconImageSequence") or ():
        body = item.get("PixelData", b"")
        if len(body) >= _ICON * _ICON and item.get("Rows") == _ICON:
            return np.frombuffer(body[: _ICON * _ICON], dtype="u1").reshape(_ICON, _ICON)
    return None
