"""What the cleaning says it did to a series' pixels, read from the private file beside the pack.

The file (`<inputs>.pixels.json`, version 1) names by released instance the boxes that were blanked and the masks in
which a face was removed. Nothing in it is believed: it says where pixels may differ, and `treated_pixels` looks.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

VERSION = 1
VERDICTS = frozenset({"none", "face", "defaced", "doubtful"})
"""What may be said of a face: there is none, it was removed, it was removed before, nobody knows."""


class BadTreatment(ValueError):
    """The file is no such file; the message is ours and holds no value."""


class BlankBox(NamedTuple):
    """Frames `first` to `last` (exclusive, None for all that follow) are blank in this rectangle, ends exclusive."""

    first: int
    last: int | None
    left: int
    top: int
    right: int
    bottom: int

    def on(self, frame: int) -> bool:
        """Whether it lies on a frame, counted from 0."""
        return self.first <= frame and (self.last is None or frame < self.last)

    def part(self, values: NDArray[Any]) -> NDArray[Any]:
        """What of a frame, (rows, columns, ...), lies in it."""
        return values[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """What was done to one instance: whether text was looked for, boxes, masks by frame number as they are written."""

    text: bool = False
    boxes: tuple[BlankBox, ...] = ()
    masks: Mapping[int, str] = field(default_factory=dict, repr=False)

    def mask(self, frame: int, rows: int, columns: int) -> NDArray[np.bool_] | None:
        """The mask of a frame, (rows, columns); None where it has none.

        Raises:
            BadTreatment: It is not a mask of that size.
        """
        written = self.masks.get(frame)
        if written is None:
            return None
        size = (rows * columns + 7) // 8
        try:
            inflater = zlib.decompressobj()
            packed = inflater.decompress(base64.b64decode(written, validate=True), size + 1)
        except (ValueError, zlib.error) as wrong:
            raise BadTreatment("a mask cannot be read") from wrong
        if len(packed) != size or not inflater.eof:
            raise BadTreatment("a mask has not the size of its frame")
        bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=rows * columns)
        return bits.astype(bool).reshape(rows, columns)


@dataclass(frozen=True, kw_only=True)
class Treated:
    """A series' treatment.

    Attributes:
        text: Whether burned-in text was looked for, and nothing undecided is left.
        face: A word of `VERDICTS`; empty where no face was looked for.
        instances: By released SOP Instance UID.
    """

    text: bool = False
    face: str = ""
    instances: Mapping[str, Treatment] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> frozenset[str]:
        """Codes of CID 7050 that may be said of the series, and must be where the option is in force."""
        face = self.face in VERDICTS - {"doubtful"}
        return frozenset({"113101"} if self.text else ()) | frozenset({"113102"} if face else ())

    def of(self, uid: str) -> Treatment:
        """What was done to one instance."""
        return self.instances.get(uid) or Treatment(text=self.text)


UNTREATED = Treated()


def read_treated(path: Path | None) -> Treated:
    """The treatment that a file states; of no file, none.

    Raises:
        BadTreatment: It states none that can be understood.
    """
    if path is None:
        return UNTREATED
    try:
        body = json.loads(path.read_text("utf-8"))
        if body["version"] != VERSION or not isinstance(body["text"], dict | None):
            raise BadTreatment("not a treatment of this version")
        text = body["text"] is not None
        instances = {str(uid): _treatment(told, text=text) for uid, told in body["instances"].items()}
        return Treated(text=text, face=_face(body["face"]), instances=instances)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise BadTreatment("what is said of treated pixels cannot be understood") from wrong


def _face(told: Any) -> str:
    if told is None:
        return ""
    if told["verdict"] not in VERDICTS:
        raise BadTreatment("no such verdict on a face")
    return str(told["verdict"])


def _treatment(told: Mapping[str, Any], *, text: bool) -> Treatment:
    boxes = tuple(_box(row) for row in told.get("boxes", ()))
    masks = {int(frame): str(written) for frame, written in told.get("masks", {}).items()}
    if any(frame < 0 for frame in masks):
        raise BadTreatment("a mask of no frame")
    return Treatment(text=text, boxes=boxes, masks=masks)


def _box(row: Any) -> BlankBox:
    first, last, left, top, right, bottom, _ = row
    numbers = (first, left, top, right, bottom, *(() if last is None else (last,)))
    if any(type(number) is not int for number in numbers):
        raise BadTreatment("a box that is no box")
    box = BlankBox(first, last, left, top, right, bottom)
    if not (first >= 0 and 0 <= left < right and 0 <= top < bottom and (last is None or last > first)):
        raise BadTreatment("a box that holds no pixel")
    return box
