"""When a scan shows no head: only where nothing in it could be a head or a neck, or headers say so too."""

from __future__ import annotations

import numpy as np

from guideit.deid.faces.atlas import Bools
from guideit.deid.faces.judge import UNLIKE
from guideit.deid.faces.locate import STEP
from guideit.deid.faces.tissue import sitk

SPACING = STEP / 2
TRUNK_AREA = 42_000.0
"""Square millimetres of a cross-section that no head has (the largest heads: about 34,000)."""
TRUNK_WIDTH = 270.0
"""Millimetres across that no head is wide (with ears: about 210)."""
END = 40.0
"""Millimetres at either end of the body that are compared."""


def shows_no_head(inside: Bools, likeness: float, *, faceless: bool) -> bool:
    """Whether a scan surely shows no head, nor a neck or chin: `inside` on a grid of `SPACING` mm.

    With `faceless` headers it is enough that nothing looks like a skull and the body does not narrow toward the head.
    """
    if not inside.any() or likeness >= UNLIKE:
        return False
    widest = _cross_sections(inside)
    if all(area >= TRUNK_AREA or width >= TRUNK_WIDTH for area, width in widest):
        return True
    return faceless and not _narrows(widest)


def _cross_sections(inside: Bools) -> list[tuple[float, float]]:
    """Of each axial slice with body, its largest part's area in mm² and width in mm."""
    s = sitk()
    found = []
    for plane in inside:
        if plane.sum() * SPACING**2 < 400:
            continue
        parts = s.RelabelComponent(
            s.ConnectedComponent(s.GetImageFromArray(plane.astype(np.uint8))), sortByObjectSize=True
        )
        largest = s.GetArrayFromImage(parts) == 1
        columns = np.flatnonzero(largest.any(axis=0))
        found.append((float(largest.sum()) * SPACING**2, float(columns[-1] - columns[0] + 1) * SPACING))
    return found


def _narrows(sections: list[tuple[float, float]]) -> bool:
    """Whether the upper end is less than two thirds of the widest place, as a neck is above shoulders."""
    end = max(int(END / SPACING), 1)
    areas = np.array([area for area, _ in sections])
    return bool(len(areas) > 0 and float(np.median(areas[-end:])) < 2 / 3 * float(areas.max()))
