"""Generated heads as scanners might give them: each kind of head, modality, direction and coverage in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from guideit.deid.faces.head import Head
from guideit.deid.faces.judge import seen_skin
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.scans import grid_of, scans
from guideit.deid.faces.tissue import body
from guideit.testing.heads import SAGITTAL, Anatomy, Planes, classic, enhanced, openers, shapes
from guideit.testing.warped import warped

WHOLE = Planes(corner=(-120.0, -150.0, -150.0), shape=(131, 187, 161))
STACKS: Mapping[str, Planes] = {
    "axial": WHOLE,
    "sagittal": replace(SAGITTAL, corner=(-155.0, -160.0, -110.0), shape=(138, 180, 195)),
    "coronal": replace(WHOLE, corner=(-120.0, -155.0, -130.0), turn=(90.0, 0.0, 0.0), shape=(141, 187, 161)),
    "thick": replace(WHOLE, spacing=(5.0, 1.0, 1.0), shape=(53, 281, 241)),
    "oblique": Planes(corner=(-130.0, -160.0, -160.0), turn=(12.0, -8.0, 10.0), shape=(141, 200, 173)),
    "without a vertex": replace(WHOLE, shape=(106, 187, 161)),
}
MODALITIES = ("CT", "MR", "PT")


@dataclass(frozen=True, kw_only=True)
class ScannedHead:
    """A head, and how it was scanned: a name of `STACKS`, a modality, as one multi-frame object or not."""

    head: Anatomy
    stack: str
    modality: str
    multiframe: bool = False

    def images(self) -> list[Dataset]:
        """Its images."""
        where = STACKS[self.stack]
        return [enhanced(self.head, where)] if self.multiframe else classic(self.head, where, self.modality)


def scanned_heads(count: int) -> list[ScannedHead]:
    """Heads bent from the template and heads of ellipsoids, one after the other; every stack and modality in turn."""
    bent, round_ones = warped(count - count // 2), shapes(count // 2)
    stacks = list(STACKS)
    found = []
    for number in range(count):
        turn = number if number % 6 < 3 else number + 1
        found.append(
            ScannedHead(
                head=(round_ones if number % 2 else bent)[number // 2],
                stack=stacks[(number // 2 + number // 12) % len(stacks)],
                modality=MODALITIES[turn % 3],
                multiframe=MODALITIES[turn % 3] == "MR" and number % 4 == 1,
            )
        )
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What was found and what a mask would do, by how the head was made: voxels of 2 mm.

    Attributes:
        skin, skin_left: Facial skin that can be seen; of that, what would stay.
        brain, brain_touched: Brain; of that, what would go.
    """

    head: Head
    skin: int = 0
    skin_left: int = 0
    brain: int = 0
    brain_touched: int = 0

    @property
    def share_left(self) -> float:
        """Of the facial skin."""
        return self.skin_left / self.skin if self.skin else 0.0


def outcome(scanned: ScannedHead, images: list[Dataset], head: Head) -> Outcome:
    """What a mask of `head` would do to the images; nothing where no head was located."""
    if not head.matrix:
        return Outcome(head=head)
    scan = scans(openers(images))[0]
    grid = grid_of(scan, 2.0)
    points = grid.points()
    inside = body(grid.values, scan.modality) & grid.covered
    goes, brain, face = (
        np.asarray(of(points)).reshape(inside.shape) & grid.covered
        for of in (FaceMask.of(head).at, scanned.head.brain, scanned.head.face)
    )
    skin = seen_skin(inside, grid.covered) & face
    return Outcome(
        head=head,
        skin=int(skin.sum()),
        skin_left=int((skin & ~goes).sum()),
        brain=int(brain.sum()),
        brain_touched=int((brain & goes).sum()),
    )
