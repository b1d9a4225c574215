"""Pictures to plant text over: real series below a folder, pydicom's bundled pictures, generated ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import get_testdata_file

from guideit.dicom.codecs import register

Pixels = NDArray[Any]
BUNDLED = (
    "CT_small.dcm",
    "693_J2KI.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEG2000.dcm",
    "examples_overlay.dcm",
    "MR_small.dcm",
)
"""Pictures of pydicom's without text in them."""
WITH_TEXT = ("S4010", "S1000")
"""Series of the real data that carry text of their own."""
TURBULENCE = ((64, 1.0), (24, 0.5), (8, 0.25), (2, 0.1))
"""Grain in pixels and its weight."""


def real_series(folder: Path, most: int = 40) -> Iterator[tuple[str, list[Pixels]]]:
    """Every series below a folder: its name, and up to `most` frames from its middle, in the order of the files."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in ("", ".dcm") and "DICOMDIR" not in path.name:
            found[path.parent.relative_to(folder).as_posix()].append(path)
    for name, paths in found.items():
        start = max((len(paths) - most) // 2, 0)
        frames = [f for p in paths[start : start + most] if (f := _frame(p)) is not None]
        if frames and not name.endswith(WITH_TEXT):
            yield name, [f for f in frames if f.shape == frames[0].shape]


def _frame(path: Path) -> Pixels | None:
    dataset = dcmread(path, force=True)
    return dataset.pixel_array if "PixelData" in dataset else None


def bundled() -> Iterator[tuple[str, list[Pixels]]]:
    """pydicom's own pictures, one frame each, none with text."""
    register()
    for name in BUNDLED:
        path = get_testdata_file(name, download=False)
        if path is not None and (frame := _frame(Path(str(path)))) is not None:
            yield name, [frame]


def generated(rng: np.random.Generator, frames: int = 1, size: int = 512) -> Iterator[tuple[str, list[Pixels]]]:
    """One series of each kind that is made here."""
    for name, make in KINDS.items():
        yield name, make(rng, frames, size)


def _smooth(rng: np.random.Generator, frames: int, size: int, grain: int) -> NDArray[np.float32]:
    """Noise of one grain, from 0 to 1: (frames, size, size), each frame a little different from the one before."""
    few = max(size // grain, 2) + 1
    knots = rng.random((max(frames // 8, 1) + 2, few, few), dtype=np.float32)
    for axis, length in ((0, frames), (1, size), (2, size)):
        at = np.linspace(0, knots.shape[axis] - 1.001, length)
        low = at.astype(int)
        shape = [-1 if i == axis else 1 for i in range(3)]
        share = (at - low).astype(np.float32).reshape(shape)
        knots = knots.take(low, axis) * (1 - share) + knots.take(low + 1, axis) * share
    return knots


def _turbulence(rng: np.random.Generator, frames: int, size: int) -> NDArray[np.float32]:
    """Cloud-like tissue, from 0 to 1."""
    total = sum((weight * _smooth(rng, frames, size, grain) for grain, weight in TURBULENCE), np.float32(0))
    return np.asarray((total - total.min()) / (total.max() - total.min()), np.float32)


def _disc(size: int, radius: float, squeeze: float = 1.0) -> NDArray[np.float32]:
    """Distance from the middle, 1 at `radius` (a share of the half side)."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.asarray(np.hypot(x, y * squeeze) / radius, np.float32)


def _ct(rng: np.random.Generator, frames: int, size: int) -> list[Pixels]:
    """A trunk in air: soft tissue, a ring of bone, noise; 16 bit signed."""
    away, tissue = _disc(size, 0.8, 1.3), _turbulence(rng, frames, size)
    body = np.where(away < 1, tissue * 150 - 20, -1000)
    body = np.where((np.abs(away - 0.75) < 0.05) & (tissue > 0.4), 900, body)
    return [np.asarray(b + rng.normal(0, 15, b.shape), np.int16) for b in body]


def _mr(rng: np.random.Generator, frames: int, size: int) -> list[Pixels]:
    """A head-like blob with folds; 12 bit."""
    away, tissue = _disc(size, 0.75, 0.9), _turbulence(rng, frames, size)
    folds = 0.5 + 0.5 * np.sin(tissue * 40)
    body = np.where(away < 1, 400 + 900 * tissue + 300 * folds, 20)
    return [np.asarray(np.abs(b + rng.normal(0, 25, b.shape)), np.uint16) for b in body]


def _ultrasound(rng: np.random.Generator, frames: int, size: int) -> list[Pixels]:
    """A fan of speckle on black, its grain wider than high; 8-bit RGB."""
    y, x = np.mgrid[0 : 1 : size * 1j, -1 : 1 : size * 1j]
    fan = (np.abs(np.arctan2(x, y + 0.1)) < 0.6) & (np.hypot(x, y) < 0.95) & (np.hypot(x, y) > 0.1)
    tissue = _turbulence(rng, frames, size)
    speckled = [t * _speckle(rng, size) * fan for t in tissue]
    return [np.repeat(np.asarray(np.clip(s * 160, 0, 255), np.uint8)[..., None], 3, axis=2) for s in speckled]


def _speckle(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Rayleigh noise with the grain of a beam: some 2 pixels high and 4 wide, mean 1."""
    waves = rng.normal(size=(2, size, size))
    for axis, width in ((1, 2), (2, 4)):
        waves = np.asarray(sum(np.roll(waves, k, axis) for k in range(width))) / np.sqrt(width)
    return np.asarray(np.hypot(waves[0], waves[1]) / 1.25)


def _radiograph(rng: np.random.Generator, frames: int, size: int) -> list[Pixels]:
    """Ribs over a gradient; 12 bit."""
    y, _ = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    ribs = 0.5 + 0.5 * np.sin(y * 50 + _disc(size, 0.5) * 2)
    tissue = _turbulence(rng, frames, size)
    return [np.asarray(600 + 2200 * t + 700 * ribs * (_disc(size, 0.9) < 1), np.uint16) for t in tissue]


def _plain(rng: np.random.Generator, frames: int, size: int) -> list[Pixels]:
    """Black with a little noise; 8 bit."""
    made = [np.asarray(rng.integers(0, 6, (size, size)), np.uint8) for _ in range(frames)]
    for frame in made:
        frame[0, 0] = 255
    return list(made)


KINDS: Mapping[str, Any] = {
    "generated CT": _ct,
    "generated MR": _mr,
    "generated ultrasound": _ultrasound,
    "generated radiograph": _radiograph,
    "generated plain": _plain,
}


def pictures(series: Sequence[tuple[str, list[Pixels]]], every: int) -> list[tuple[str, list[Pixels]]]:
    """Single pictures out of series: each `every`th frame on its own."""
    return [(name, [frame]) for name, frames in series for frame in frames[::every]]
