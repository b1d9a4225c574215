"""Boxes blanked: what a person sees there is black, and nothing else in the frame changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.frames import PixelFile, open_pixels
from guideit.deid.pixels.layout import Layout, Stored
from guideit.deid.pixels.palette import darkest
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import FrameChange
from guideit.errors import NotUnderstood

Masks = Mapping[int, NDArray[np.bool_]]
"""Number of a frame -> pixels of it: (rows, columns)."""
NO_MASKS: Masks = MappingProxyType({})


def blanking(regions: Iterable[Region], file: PixelFile, instance: int) -> FrameChange:
    """A change that blanks the boxes of `regions` that lie on the instance with this number; boxes are clipped.

    What is written displays black: the smallest value of MONOCHROME2, the largest of MONOCHROME1, the darkest index
    of a palette, black in colour. Of signed and real values the frame's own extreme is taken, so that no value stands
    in the image that its scale does not reach.

    Raises:
        NotUnderstood: What displays black is not known for this photometric interpretation.
    """
    mine = tuple(of_instance(regions, instance))
    layout, black = file.layout, black_of(file)

    def change(number: int, stored: Stored) -> Stored:
        boxes = [box for box in on_frame(mine, number, layout) if box.left < box.right and box.top < box.bottom]
        if not boxes:
            return stored
        new = stored.copy()
        value = black if black is not None else _extreme(stored, layout)
        for box in boxes:
            new[box.top : box.bottom, box.left : box.right] = value
        return new

    return change


def both(first: FrameChange, second: FrameChange) -> FrameChange:
    """One change after the other."""
    return lambda number, stored: second(number, first(number, stored))


def of_instance(regions: Iterable[Region], instance: int) -> Iterable[Region]:
    """Regions that lie on the instance with this number."""
    return (region for region in regions if region.instance in (None, instance))


def on_frame(regions: Iterable[Region], number: int, layout: Layout) -> list[Box]:
    """Boxes on a frame, clipped to it."""
    return [
        Box(
            min(max(box.left, 0), layout.columns),
            min(max(box.top, 0), layout.rows),
            min(max(box.right, 0), layout.columns),
            min(max(box.bottom, 0), layout.rows),
        )
        for box in (r.box for r in regions if r.first <= number and (r.last is None or number < r.last))
    ]


def black_of(file: PixelFile) -> Any:
    """The stored value that displays black; None where it is the frame's own extreme.

    Raises:
        NotUnderstood: It is not known.
    """
    layout, colour = file.layout, file.colour
    if colour in {"MONOCHROME1", "MONOCHROME2"} and layout.samples == 1:
        if layout.signed or layout.real:
            return None
        return layout.dtype.type((1 << layout.bits) - 1 if colour == "MONOCHROME1" else 0)
    if colour == "PALETTE COLOR" and layout.samples == 1:
        return layout.dtype.type(darkest(file.dataset, layout))
    if colour == "RGB" and layout.samples == 3:
        return np.zeros(3, layout.dtype)
    if colour == "YBR_FULL" and layout.samples == 3:
        return np.array([0, 1 << layout.bits - 1, 1 << layout.bits - 1], layout.dtype)
    raise NotUnderstood("what displays black is not known", where="(0028,0004)")


def _extreme(stored: Stored, layout: Layout) -> Any:
    """The smallest value of a frame, or the largest where that displays black; numbers only."""
    numbers = stored[np.isfinite(stored)] if layout.real else stored
    if not numbers.size:
        return layout.dtype.type(0)
    return numbers.max() if layout.photometric == "MONOCHROME1" else numbers.min()


# Proof


def outside_identical(
    source: bytes | memoryview,
    redacted: bytes | memoryview,
    regions: Sequence[Region],
    instance: int,
    masks: Masks = NO_MASKS,
) -> bool:
    """Whether a redacted file shows what its source shows outside the boxes: same sizes, same colours, same values.

    Stored values are compared as they decode, before any colour is converted, unused bits left out. Pixels in
    `masks`, which some other change was to change, are not compared.

    Raises:
        NotUnderstood: One of them cannot be decoded.
    """
    before, after = open_pixels(source), open_pixels(redacted)
    if before is None or after is None or _meaning(before) != _meaning(after):
        return False
    mine = list(of_instance(regions, instance))
    layout = before.layout
    for number, (old, new) in enumerate(zip(before.stored(), after.stored(), strict=True)):
        outside = ~masks[number] if number in masks else np.ones((layout.rows, layout.columns), bool)
        for box in on_frame(mine, number, layout):
            outside[box.top : box.bottom, box.left : box.right] = False
        if not np.array_equal(old[outside].view("u1"), new[outside].view("u1")):
            return False
    return True


def inside_blank(
    redacted: bytes | memoryview, regions: Sequence[Region], instance: int, masks: Masks = NO_MASKS
) -> bool:
    """Whether every box of a redacted file is one value, and the one that displays black where that is known.

    Pixels in `masks` are left out.

    Raises:
        NotUnderstood: It cannot be decoded.
    """
    file = open_pixels(redacted)
    if file is None:
        return False
    mine, layout, black = list(of_instance(regions, instance)), file.layout, black_of(file)
    for number, stored in enumerate(file.stored()):
        for box in on_frame(mine, number, layout):
            inside = stored[box.top : box.bottom, box.left : box.right]
            if number in masks:
                inside = inside[~masks[number][box.top : box.bottom, box.left : box.right]]
            if inside.size and not (inside == (inside.flat[0] if black is None else black)).all():
                return False
    return True


def _meaning(file: PixelFile) -> tuple[object, ...]:
    """What decides what stored values show."""
    layout = file.layout
    tables = [file.dataset.get(f"{colour}PaletteColorLookupTableData") for colour in ("Red", "Green", "Blue")]
    return (layout.rows, layout.columns, layout.samples, layout.frames, layout.dtype, file.colour, tables)
