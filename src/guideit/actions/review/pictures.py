"""What a person has to see of a series: a few frames, bounded in number and size, and each region close up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.frames import PixelFile, Stored, displayed, open_pixels
from guideit.deid.pixels.regions import Box, Region
from guideit.errors import NotUnderstood

Grey = NDArray[np.uint8]
LONGEST = 768
"""Pixels of a picture's longer side; larger ones are drawn smaller."""
_PICTURES = 6
_PROJECTED = 16
"""Frames a projection is made of, taken evenly."""
_FAR = 2_000
"""Frames decoded to reach one; a later one is not drawn."""
_NEAR = 64
"""Frames of an instance among which one is chosen where any will do."""
_LARGEST_FILE = 1 << 30
_CLOSE = 12
_TAIL = 0.5
"""Per cent of the values at each end that may not take the greys from the rest."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A frame, or several laid over each other, and what is drawn on it.

    Attributes:
        says: What it is, counted from 1.
        image: WebP. width, height: of the frame in pixels, which regions count in.
        regions: Numbers, in the series' list, of the regions on it. close: each of them as a PNG of its own.
        where: `@frame#instance`, as a box on this picture alone ends; empty for a projection.
    """

    says: str
    image: bytes
    width: int
    height: int
    regions: tuple[int, ...] = ()
    close: tuple[tuple[int, bytes], ...] = ()
    where: str = ""


Size = tuple[int, int, int]
"""Rows, columns and frames of an instance."""


def pictures(paths: Sequence[Path], sizes: Sequence[Size], regions: Sequence[Region]) -> list[Picture]:
    """Pictures of a series: those its regions are on; every one of few; of many, one of each size, and their brightest.

    Args:
        paths: Of its instances that have pixels, in its order.
        sizes: Of each, as its header says.
        regions: All that are drawn there.

    Raises:
        NotUnderstood: Its pixels cannot be shown.
    """
    drawn = [(r.instance, r.first) for r in regions if r.instance is not None and r.instance < len(paths)]
    spots = list(dict.fromkeys(drawn))[:_PICTURES]
    there = {instance for instance, _ in spots}
    spots += [(n, _some_frame(paths[n], regions)) for n in _chosen(sizes) if n not in there]
    found = [_one(paths, regions, instance, frame) for instance, frame in sorted(spots)]
    if len(paths) > _PICTURES or any(frames > 1 for _, _, frames in sizes):
        found.append(_projection(paths, regions))
    return found


def _chosen(sizes: Sequence[Size]) -> list[int]:
    """Every image of few; of many the middle one of each size."""
    if len(sizes) <= _PICTURES:
        return list(range(len(sizes)))
    alike: dict[tuple[int, int], list[int]] = {}
    for instance, (rows, columns, _) in enumerate(sizes):
        alike.setdefault((rows, columns), []).append(instance)
    return [instances[len(instances) // 2] for instances in list(alike.values())[:_PICTURES]]


def _some_frame(path: Path, regions: Sequence[Region]) -> int:
    """The first frame on which something is drawn, else one from the middle."""
    frames = _opened(path).frames
    drawn = [region.first for region in regions if region.instance is None and region.first < frames]
    return min(drawn) if drawn else min(frames, _NEAR) // 2


def _one(paths: Sequence[Path], regions: Sequence[Region], instance: int, frame: int) -> Picture:
    """One frame; `frame` counts from 0."""
    file = _opened(paths[instance])
    if frame > _FAR:
        raise NotUnderstood("the frame is too far into its file to be drawn", why=f"frame {frame + 1}")
    stored = next(islice(file.stored(), frame, None), None)
    if stored is None:
        raise NotUnderstood("there is no such frame", why=f"frame {frame + 1}")
    says = f"Image {instance + 1} of {len(paths)}" + (
        f", frame {frame + 1} of {file.frames}" if file.frames > 1 else ""
    )
    mine = [n for n, r in enumerate(regions) if _on(r, instance, frame)]
    return _picture(seen(file, stored), says, regions, mine, where=f"@{frame + 1}#{instance + 1}")


def _projection(paths: Sequence[Path], regions: Sequence[Region]) -> Picture:
    """The brightest of each pixel over frames taken evenly: what stands still in all of them stands out."""
    brightest: Grey | None = None
    count = 0
    for grey in _evenly(paths):
        if brightest is None or grey.shape == brightest.shape:
            brightest = grey if brightest is None else np.maximum(brightest, grey)
            count += 1
    if brightest is None:
        raise NotUnderstood("the pixel data holds no frame")
    mine = [number for number, region in enumerate(regions) if region.instance is None]
    return _picture(brightest, f"Brightest of each pixel in {count} images", regions, mine, where="")


def _evenly(paths: Sequence[Path]) -> Iterator[Grey]:
    """Up to `_PROJECTED` frames: of many instances the first of each, of few several from among their first."""
    chosen = paths[:: max(-(-len(paths) // _PROJECTED), 1)]
    each = _PROJECTED // len(chosen)
    for path in chosen:
        file = _opened(path)
        step = max(min(file.frames, _NEAR) // each, 1)
        for stored in islice(file.stored(), 0, each * step, step):
            yield seen(file, stored)


def _opened(path: Path) -> PixelFile:
    if path.stat().st_size > _LARGEST_FILE:
        raise NotUnderstood("the file is too large to be drawn")
    file = open_pixels(path.read_bytes())
    if file is None:
        raise NotUnderstood("the file holds no pixels")
    return file


def _on(region: Region, instance: int, frame: int) -> bool:
    return (
        region.instance in (None, instance) and region.first <= frame and (region.last is None or frame < region.last)
    )


def seen(file: PixelFile, stored: Stored) -> Grey:
    """A frame as `displayed`, with few very bright or dark values not taking the greys from all others.

    The order of values is kept: text brighter than bone stays brighter than bone.
    """
    if stored.dtype == np.uint8:
        return displayed(file, stored)
    values = stored.astype(np.float32)
    low, high = (float(edge) for edge in np.percentile(values, [_TAIL, 100 - _TAIL]))
    span = high - low
    if span <= 0:
        return displayed(file, stored)
    return displayed(file, np.clip(values, low, high) + _squeezed(values - high, span) - _squeezed(low - values, span))


def _squeezed(beyond: NDArray[np.float32], span: float) -> NDArray[np.float32]:
    """What lies beyond an edge, in a fifth of the span at most."""
    far: NDArray[np.float32] = np.maximum(beyond, np.float32(0))
    most = float(far.max())
    room = span / 5
    return far * np.float32(room / most) if most > room else far


def _picture(grey: Grey, says: str, regions: Sequence[Region], mine: Sequence[int], *, where: str) -> Picture:
    height, width = grey.shape
    return Picture(
        says=says,
        image=bytes(imagecodecs.webp_encode(np.repeat(_smaller(grey, LONGEST)[..., None], 3, axis=2), level=88)),
        width=width,
        height=height,
        regions=tuple(mine),
        close=tuple(_close(grey, regions, mine)),
        where=where,
    )


def _close(grey: Grey, regions: Sequence[Region], mine: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The first regions on a picture, each with a little around it and greys of its own."""
    for number in mine[:_CLOSE]:
        part = grey[_around(regions[number].box, grey.shape)]
        if part.size:
            low, high = int(part.min()), int(part.max())
            spread = ((part.astype(np.float32) - low) * (255.0 / max(high - low, 1))).astype(np.uint8)
            yield number, bytes(imagecodecs.png_encode(_smaller(spread, LONGEST)))


def _around(box: Box, shape: Sequence[int]) -> tuple[slice, slice]:
    margin = max(4, (box.bottom - box.top) // 3)
    rows = slice(max(box.top - margin, 0), min(box.bottom + margin, shape[0]))
    return rows, slice(max(box.left - margin, 0), min(box.right + margin, shape[1]))


def _smaller(grey: Grey, longest: int) -> Grey:
    """Means of squares of pixels, so that neither side is longer than `longest`."""
    step = -(-max(grey.shape) // longest)
    if step < 2:
        return np.ascontiguousarray(grey)
    rows, columns = (size // step * step for size in grey.shape)
    if not rows or not columns:  # a strip thinner than a step
        return np.ascontiguousarray(grey[::step, ::step])
    blocks = grey[:rows, :columns].reshape(rows // step, step, columns // step, step)
    means: Grey = blocks.mean(axis=(1, 3)).astype(np.uint8)
    return means
