"""Where in a scan a head may lie: the template's outline slid over the body's, in several directions and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from guideit.deid.faces.atlas import Bools, Floats, Label, Matrix, atlas
from guideit.deid.faces.scans import points_of

STEP = 8.0
"""Millimetres of the grid that is searched."""
PITCHES = (-25.0, 0.0, 25.0)
"""Degrees of nodding that are tried."""
SIZES = (0.9, 1.05)
TURNS = ("upright", "upside-down")
"""Along the patient's axes as the header says them, and with head and feet exchanged."""
SEEN = 0.3
"""Share of the template's box that must lie within the scan."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """A place where the outline fits.

    Attributes:
        matrix: 4×4, template's mm to patient's mm.
        fit: Correlation of the outlines, -1 to 1.
    """

    matrix: Matrix
    fit: float


def starts(inside: Bools, covered: Bools, origin: Matrix, *, best: int = 3) -> list[Start]:
    """The best-fitting places, best first, one per direction and size at most; `inside` on a grid of `STEP` mm."""
    found = [
        start
        for turn, pitch, size in product(TURNS, PITCHES, SIZES)
        if (start := _slide(inside, covered, origin, _linear(turn, pitch, size))) is not None
    ]
    return sorted(found, key=lambda s: -s.fit)[:best]


def _linear(turn: str, pitch: float, size: float) -> Matrix:
    a = np.deg2rad(pitch)
    nod = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    flip = np.diag([1.0, 1.0, 1.0] if turn == "upright" else [-1.0, 1.0, -1.0])
    found: Matrix = flip @ nod * size
    return found


def _kernel(linear: Matrix) -> tuple[Floats, Floats, Matrix]:
    """The outline and where it counts, turned and scaled, on a grid of `STEP` mm; the grid's first point."""
    head = atlas().has(Label.HEAD)
    solid = atlas().points(head)
    solid = solid[solid[:, 2] > atlas().lowest] @ linear.T
    low, high = solid.min(axis=0) - 2 * STEP, solid.max(axis=0) + 2 * STEP
    size = np.ceil((high - low) / STEP).astype(int) + 1
    shape = (int(size[2]), int(size[1]), int(size[0]))
    back = points_of(shape, low, STEP) @ np.linalg.inv(linear).T
    outline = (atlas().at(back) & Label.HEAD > 0).reshape(shape)
    counts = (back[:, 2] > atlas().lowest).reshape(shape)
    return (outline & counts).astype(np.float32), counts.astype(np.float32), low


def _slide(inside: Bools, covered: Bools, origin: Matrix, linear: Matrix) -> Start | None:
    """The translation of highest masked correlation (Padfield 2012)."""
    outline, counts, low = _kernel(linear)
    shape = [a + b - 1 for a, b in zip(inside.shape, outline.shape, strict=True)]
    fast = [int(2 ** np.ceil(np.log2(n))) if n < 32 else int(-(-n // 16) * 16) for n in shape]
    f, m = ((np.fft.rfftn(a.astype(np.float32), fast, axes=(0, 1, 2))) for a in (inside & covered, covered))
    t, k = (np.fft.rfftn(a[::-1, ::-1, ::-1], fast, axes=(0, 1, 2)) for a in (outline, counts))
    seen, both, of_scan, of_head = (np.fft.irfftn(p, fast, axes=(0, 1, 2)) for p in (m * k, f * t, f * k, m * t))
    seen = np.maximum(np.rint(seen), 1)
    spread = np.maximum(of_scan - of_scan**2 / seen, 0) * np.maximum(of_head - of_head**2 / seen, 0)
    fit = np.where(spread > 1, (both - of_scan * of_head / seen) / np.sqrt(np.maximum(spread, 1)), -1)
    fit[seen < SEEN * counts.sum()] = -1
    place = np.array(np.unravel_index(int(np.argmax(fit)), fit.shape))
    if fit[tuple(place)] <= -1:
        return None
    lag = (place - (np.array(outline.shape) - 1))[::-1] * STEP
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, origin + lag - low
    return Start(matrix=matrix, fit=float(fit[tuple(place)]))
