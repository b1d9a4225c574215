"""How well a template lies on a scan, and what of the face is there; every threshold of the verdicts stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.scans import Grid

LARGEST_MISFIT, UNLIKE = 0.035, 0.24
"""Mean square of the difference of smoothed outlines up to which a head is looked for ; mutual information (nats)
below which none is looked for. Heads: up to 0.028 and from 0.30; thighs: from 0.015 and up to 0.23."""
BLANK = 0.4
"""Share of the missing face that must hold one and the same value: what was cut away was filled, and air is noisy."""
LIMITS: Mapping[str, tuple[float, float]] = {
    "likeness": (0.24, 9.0),
    "outline": (0.86, 1.0),
    "size_least": (0.72, 1.40),
    "size_most": (0.72, 1.40),
    "shear": (1.0, 1.60),
    "turn": (0.0, 50.0),
    "agreement": (0.0, 15.0),
    "surface_left": (0.0, 0.05),
}
"""Measure to the lowest and highest value with which a registration is trusted."""
FACE_THERE, FACE_GONE = 0.80, 0.55
"""Share of the face's tissue that is there: from here there is a face; below, the parts decide."""
PART_GONE = 0.40
"""Share of each part (nose, mouth, chin, eyes) up to which it is gone."""
PARTS: Mapping[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "nose": ((-14, 14), (-140, -72), (-80, -40)),
    "mouth": ((-22, 22), (-140, -64), (-98, -80)),
    "chin": ((-22, 22), (-140, -62), (-116, -98)),
    "right_eye": ((-46, -18), (-140, -68), (-40, -14)),
    "left_eye": ((18, 46), (-140, -68), (-40, -14)),
}
"""Boxes x, y, z in mm of the template."""
LANDMARKS = np.array([(0, -112, -66), (0, -92, -112), (0, -98, 4), (-52, -70, -60), (52, -70, -60)], np.float64)
"""Nose tip, chin, brow, cheeks: mm of the template."""


def back(points: Matrix, to_patient: Matrix) -> Matrix:
    """Points of the patient as points of the template."""
    inverse = np.linalg.inv(to_patient)
    found: Matrix = points @ inverse[:3, :3].T + inverse[:3, 3]
    return found


def there(points: Matrix, to_patient: Matrix) -> Matrix:
    """Points of the template as points of the patient."""
    found: Matrix = points @ to_patient[:3, :3].T + to_patient[:3, 3]
    return found


def pose(to_patient: Matrix) -> dict[str, float]:
    """Least and most stretch, their ratio, and degrees turned against the patient's axes (head up or down)."""
    linear = to_patient[:3, :3]
    left, sizes, right = np.linalg.svd(linear)
    turned = left @ right
    cosine = max((np.trace(turned) - 1) / 2, (np.trace(turned @ np.diag([-1.0, 1.0, -1.0])) - 1) / 2)
    turn = float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))) if np.linalg.det(linear) > 0 else 180.0
    least, most = float(sizes.min()), float(sizes.max())
    return {"size_least": least, "size_most": most, "shear": most / max(least, 1e-6), "turn": turn}


def outlines(grid: Grid, inside: Bools, to_patient: Matrix) -> dict[str, float]:
    """Overlap (Dice) of the skull's outline with the body's where both are seen, and what of the face there is.

    `face_seen`: share of the face's tissue that lies within the scan; `face_there`: share of that which is body; the
    same for each part that is seen by half, `part_*`.
    """
    template = back(grid.points(), to_patient)
    labels = atlas().at(template).reshape(inside.shape)
    seen = grid.covered
    skull = seen & ((labels & (Label.FACE | Label.EARS)) == 0)
    skull &= (template[:, 2] > -70).reshape(inside.shape)
    skull &= (np.abs(template - np.array([0, 0, -20])) < np.array([110, 130, 140])).all(axis=1).reshape(inside.shape)
    head = (labels & Label.HEAD) > 0
    both, either = float((inside & head & skull).sum()), float((inside & skull).sum() + (head & skull).sum())
    found = {"outline": 2 * both / either if either else 0.0}
    face = head & ((labels & Label.FACE) > 0) & ((labels & Label.SURFACE) > 0)
    volume = abs(float(np.linalg.det(to_patient[:3, :3]))) / grid.step**3
    whole = float(_tissue().sum()) * atlas().step ** 3 * volume
    found["face_seen"] = min(float((face & seen).sum()) / whole, 1.0)
    found["face_there"] = _share(inside, face & seen)
    for name, box in PARTS.items():
        part = face & seen & _in_box(template, box).reshape(inside.shape)
        expected = float((_tissue() & _box_of_atlas(box)).sum()) * atlas().step ** 3 * volume
        if part.sum() > expected / 2:
            found[f"part_{name}"] = _share(inside, part)
    return found


def _share(inside: Bools, where: Bools) -> float:
    return float((inside & where).sum()) / max(float(where.sum()), 1.0)


def _tissue() -> Bools:
    a = atlas()
    return a.has(Label.HEAD) & a.has(Label.FACE) & a.has(Label.SURFACE)


def _in_box(points: Matrix, box: tuple[tuple[float, float], ...]) -> Bools:
    low, high = np.array(box).T
    found: Bools = ((points >= low) & (points <= high)).all(axis=-1)
    return found


def _box_of_atlas(box: tuple[tuple[float, float], ...]) -> Bools:
    found = np.zeros(atlas().labels.shape, np.bool_)
    low, high = (
        np.rint((np.array(side) - np.array(atlas().origin)) / atlas().step).astype(int) for side in np.array(box).T
    )
    low = np.maximum(low, 0)
    found[low[2] : high[2] + 1, low[1] : high[1] + 1, low[0] : high[0] + 1] = True
    return found


VIEWS = (-0.8, 0.0, 0.8)
"""Slopes sideways, and upward or downward, of the directions from which a face is looked at."""


def seen_skin(inside: Bools, covered: Bools) -> Bools:
    """The body's voxels that somebody sees who looks from the front, aslant, from below, above or either side.

    Where the scan's end cut a body open, there is no skin.
    """
    found = _first_hits(inside.transpose(1, 0, 2), ((up, aside) for up in VIEWS for aside in VIEWS)).transpose(1, 0, 2)
    for turn in (1, -1):
        sideways = inside.transpose(2, 0, 1)[::turn]
        found = found | _first_hits(sideways, ((0.0, s) for s in (0.0, turn * 0.5)))[::turn].transpose(1, 2, 0)
    return found & _surrounded(covered)


def _surrounded(covered: Bools) -> Bools:
    """Voxels of a scan whose neighbours are of the scan, too."""
    wide = np.pad(covered, 1)
    found = covered.copy()
    for axis in range(3):
        for shift in (1, -1):
            found &= np.roll(wide, shift, axis)[1:-1, 1:-1, 1:-1]
    return found


def _first_hits(opaque: Bools, slopes: Iterable[tuple[float, float]]) -> Bools:
    """Voxels that are met first along axis 0, from its start, on lines with the given slopes along axes 1 and 2."""
    found = np.zeros(opaque.shape, np.bool_)
    for slope in slopes:
        met = np.zeros(opaque.shape[1:], np.bool_)
        before = (0, 0)
        for depth, layer in enumerate(opaque):
            at = (round(slope[0] * depth), round(slope[1] * depth))
            met = _moved(met, at[0] - before[0], at[1] - before[1])
            found[depth] |= layer & ~met
            met, before = met | layer, at
    return found


def _moved(plane: Bools, down: int, across: int) -> Bools:
    """A plane shifted by at most one voxel each way; what comes in from outside was not met yet."""
    found = np.roll(plane, (down, across), (0, 1))
    if down:
        found[0 if down > 0 else -1] = False
    if across:
        found[:, 0 if across > 0 else -1] = False
    return found


def facial_skin(grid: Grid, inside: Bools, to_patient: Matrix) -> Bools:
    """The subject's own skin where the template says face."""
    labels = atlas().at(back(grid.points(), to_patient)).reshape(inside.shape)
    return seen_skin(inside, grid.covered) & ((labels & Label.SURFACE) > 0)


def may_be_head(measures: Mapping[str, float]) -> bool:
    """Whether an outline like a head's was found, and in it something like a skull and a brain."""
    return min(measures["misfit"], measures["skull_misfit"]) <= LARGEST_MISFIT and measures["likeness"] >= UNLIKE


def face_gone(measures: Mapping[str, float]) -> bool:
    """Whether a head's face was taken out already: every part is seen, and gone to some depth."""
    parts = [value for name, value in measures.items() if name.startswith("part_")]
    return len(parts) == len(PARTS) and measures["face_there"] < FACE_GONE and max(parts) <= PART_GONE


def blank(grid: Grid, inside: Bools, to_patient: Matrix) -> float:
    """Share of the missing tissue of a face that holds its commonest value."""
    labels = atlas().at(back(grid.points(), to_patient)).reshape(inside.shape)
    face = ((labels & Label.HEAD) > 0) & ((labels & Label.FACE) > 0) & ((labels & Label.SURFACE) > 0)
    missing = np.round(grid.values[face & grid.covered & ~inside], 2)
    return float(np.unique(missing, return_counts=True)[1].max()) / missing.size if missing.size else 0.0


def failed(measures: Mapping[str, float]) -> tuple[str, ...]:
    """Rules for measures outside their limits."""
    return tuple(
        f"face.{name.replace('_', '-')}"
        for name, (low, high) in LIMITS.items()
        if name in measures and not low <= measures[name] <= high
    )
