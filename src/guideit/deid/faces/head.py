"""What was found out about a head: a verdict, what it rests on, and where the template lies in the patient."""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.errors import NotUnderstood


class Verdict(StrEnum):
    """What a participant's images of one frame of reference show."""

    NONE = "none"
    """No head."""
    FACE = "face"
    """A head whose place is known: its face can be taken out."""
    DEFACED = "defaced"
    """A head whose face is gone already."""
    DOUBTFUL = "doubtful"
    """Whatever is neither: held back for a person."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """A head in one frame of reference. Holds no value of the patient's but the pose and size of the head.

    Attributes:
        verdict: What was found.
        reasons: Rules that made it doubtful, `face.*`; empty else.
        measures: Name to number, what the verdict rests on.
        held: Index of a series to the rule for which it must be held back, whatever the verdict.
        matrix: 4×4 row by row, template's mm to patient's mm, LPS; empty without a head.
        guard: Brain of this subject on the template's grid, every `GUARD_STEP`th voxel: bits, deflated, base64.
        zone: What goes of this subject on the template's grid, likewise, every voxel.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    held: Mapping[int, str] = field(default_factory=dict)
    matrix: tuple[float, ...] = ()
    guard: str = ""
    zone: str = ""

    @property
    def to_patient(self) -> Matrix:
        """4×4, template's mm to patient's mm.

        Raises:
            NotUnderstood: No head was located.
        """
        if len(self.matrix) != 16:
            raise NotUnderstood("no head was located: there is no face to take out")
        return np.array(self.matrix, np.float64).reshape(4, 4)

    @property
    def digest(self) -> bytes:
        """32 bytes that depend on where the face is and on nothing else."""
        return hashlib.sha256(f"{self.matrix}{self.guard}{self.zone}".encode()).digest()

    def brain(self) -> Bools:
        """This subject's brain on every `GUARD_STEP`th voxel of the template's grid."""
        shape = tuple(-(-n // GUARD_STEP) for n in atlas().labels.shape)
        return _unpacked(self.guard, shape) if self.guard else np.zeros(shape, np.bool_)

    def goes(self) -> Bools:
        """What goes, on the template's grid; without a subject's own zone the template's face and ears."""
        a = atlas()
        if self.zone:
            return _unpacked(self.zone, a.labels.shape)
        return (a.has(Label.FACE) | a.has(Label.EARS)) & ~(a.has(Label.GUARD) | a.has(Label.BRAIN))

    def is_brain(self, points: Matrix) -> Bools:
        """Whether points of the template (..., 3), mm, lie in this subject's brain."""
        brain = self.brain()
        index = np.rint((points - np.asarray(atlas().origin)) / (atlas().step * GUARD_STEP)).astype(int)[..., ::-1]
        within = ((index >= 0) & (index < np.array(brain.shape))).all(axis=-1)
        z, y, x = np.moveaxis(np.where(within[..., None], index, 0), -1, 0)
        found: Bools = brain[z, y, x] & within
        return found

    def as_json(self) -> str:
        """The head as JSON, keys sorted."""
        parts = {
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "measures": dict(self.measures),
            "held": {str(k): v for k, v in self.held.items()},
            "matrix": list(self.matrix),
            "guard": self.guard,
            "zone": self.zone,
        }
        return json.dumps(parts, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Head:
        """A head as `as_json` wrote it."""
        parts: dict[str, Any] = json.loads(text)
        return cls(
            verdict=Verdict(parts["verdict"]),
            reasons=tuple(parts["reasons"]),
            measures=parts["measures"],
            held={int(k): v for k, v in parts["held"].items()},
            matrix=tuple(parts["matrix"]),
            guard=parts["guard"],
            zone=parts["zone"],
        )


GUARD_STEP = 2


def packed(mask: Bools) -> str:
    """A mask as `Head.guard` and `Head.zone` hold it."""
    return b64encode(zlib.compress(np.packbits(mask).tobytes(), 9)).decode("ascii")


def _unpacked(text: str, shape: tuple[int, ...]) -> Bools:
    bits = np.frombuffer(zlib.decompress(b64decode(text)), np.uint8)
    return np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(np.bool_)
