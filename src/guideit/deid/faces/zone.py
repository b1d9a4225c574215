"""What goes of this subject's head: near its own skin, in front of the ears, from the brow to under the chin.

The template only says which way the face looks. So a face goes whole though its features lie up to about 15 mm from
where the template has them, and an edge inside that followed the skin is hidden by the template's own cylinder.
"""

from __future__ import annotations

import numpy as np

from guideit.deid.faces.atlas import Bools, Floats, Label, Matrix, atlas
from guideit.deid.faces.head import GUARD_STEP
from guideit.deid.faces.scans import Grid, points_of
from guideit.deid.faces.tissue import sitk

FRONT, SIDE, BROW, FOREHEAD = 25.0, 12.0, 12.0, 8.0
"""Millimetres under the skin that go: before the cheekbones, beside them, at the brow, and above it for safety."""
CHEEKBONES, EARS = -50.0, -6.0
"""y of the template in mm in front of which each applies."""
LOW, EYES, BROW_SLACK = -150.0, -16.0, 12.0
"""z of the template in mm: where the zone ends below, where the brow begins; millimetres above the brow's end."""
SKIN = 4.0
"""Millimetres under the skin where nobody's brain is, whatever was grown or laid there."""


def subject_zone(grid: Grid, inside: Bools, to_patient: Matrix, brain: Bools) -> Bools:
    """What goes, on the template's grid: (z, y, x).

    Args:
        grid, inside: A scan and its body.
        to_patient: 4×4, template's mm to patient's mm.
        brain: The subject's, on the template's grid.
    """
    a, depth = atlas(), _depth(grid, inside, to_patient)
    near = _sector(depth) | a.has(Label.FACE) | a.has(Label.EARS)
    kept = brain | a.has(Label.GUARD) | a.has(Label.BRAIN)
    found: Bools = near & ~(kept & (depth >= SKIN))
    return found


def deep_brain(grid: Grid, inside: Bools, to_patient: Matrix, brain: Bools) -> Bools:
    """Of a brain on the guard's grid, what lies surely deeper than `SKIN`."""
    s = sitk()
    deep = s.GetImageFromArray((_depth(grid, inside, to_patient) >= SKIN).astype(np.uint8))
    eroded: Bools = s.GetArrayFromImage(s.BinaryErode(deep, [GUARD_STEP] * 3, s.sitkBox)).astype(bool)
    return brain & eroded[::GUARD_STEP, ::GUARD_STEP, ::GUARD_STEP]


def _depth(grid: Grid, inside: Bools, to_patient: Matrix) -> Floats:
    """Millimetres of the template below the body's skin, on the template's grid; negative outside.

    What was not scanned hides what lies behind it and has no skin.
    """
    a, s = atlas(), sitk()
    points = points_of(a.labels.shape, np.asarray(a.origin), a.step) @ to_patient[:3, :3].T + to_patient[:3, 3]
    index = np.rint((points - grid.origin) / grid.step).astype(np.int32)[:, ::-1]
    within = ((index >= 0) & (index < np.array(inside.shape))).all(axis=1)
    index[~within] = 0
    z, y, x = index.T
    body = np.where(within & grid.covered[z, y, x], inside[z, y, x], True).reshape(a.labels.shape)
    image = s.GetImageFromArray(body.astype(np.uint8))
    distance = s.SignedMaurerDistanceMap(image, insideIsPositive=True, squaredDistance=False)
    found: Floats = s.GetArrayFromImage(distance) * np.float32(a.step)
    return found


def _sector(depth: Floats) -> Bools:
    """The subject's skin, and all before it, where a face may be."""
    a = atlas()
    z, y = (np.arange(n) * a.step + o for n, o in zip(a.labels.shape[:2], a.origin[:0:-1], strict=True))
    z, y = z[:, None, None], y[None, :, None]
    brow_end = 16 - 0.3 * (y + 100)
    reach = np.where(y < CHEEKBONES, FRONT, SIDE) * (z < EYES) + BROW * ((z >= EYES) & (z < brow_end))
    reach = reach + FOREHEAD * ((z >= brow_end) & (z < brow_end + BROW_SLACK))
    found: Bools = (depth < reach) & (y < EARS) & (z > LOW)
    return found
