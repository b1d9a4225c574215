"""The answer key: what was planted where, and what must have become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class Kind(StrEnum):
    """What is checked: the ten kinds of action of the MIDI-B benchmark, and what it leaves out."""

    TAG_RETAINED = "tag-retained"
    TEXT_NOT_NULL = "text-not-null"
    TEXT_RETAINED = "text-retained"
    TEXT_REMOVED = "text-removed"
    DATE_SHIFTED = "date-shifted"
    UID_CHANGED = "uid-changed"
    UID_CONSISTENT = "uid-consistent"
    PATIENT_ID_CONSISTENT = "patient-id-consistent"
    PIXELS_HIDDEN = "pixels-hidden"
    PIXELS_RETAINED = "pixels-retained"
    DATE_INTERVAL = "date-interval"
    DATE_VALID = "date-valid"
    OVERLAY_HIDDEN = "overlay-hidden"
    ICON_HIDDEN = "icon-hidden"
    FRAME_REMOVED = "frame-removed"
    NOWHERE = "nowhere-in-bytes"
    TRANSCODE_RETAINED = "transcode-retained"


TEN = tuple(Kind)[:10]
"""Those of MIDI-B."""
REMOVAL = frozenset(
    {
        Kind.TEXT_REMOVED,
        Kind.UID_CHANGED,
        Kind.PIXELS_HIDDEN,
        Kind.OVERLAY_HIDDEN,
        Kind.ICON_HIDDEN,
        Kind.FRAME_REMOVED,
        Kind.NOWHERE,
    }
)
"""What fails when something identifying is still there. A date fails `date-shifted` in two ways; see `Result`."""
USEFUL = frozenset(
    {Kind.TEXT_RETAINED, Kind.DATE_INTERVAL, Kind.UID_CONSISTENT, Kind.PIXELS_RETAINED, Kind.TRANSCODE_RETAINED}
)
"""What is counted as retained: values, days between dates, references, pixels."""
KIND_WORDS: Mapping[Kind, str] = {
    Kind.TAG_RETAINED: "attributes that an image needs are there",
    Kind.TEXT_NOT_NULL: "attributes that must have a value have one",
    Kind.TEXT_RETAINED: "values and words that interpretation needs are what they were",
    Kind.TEXT_REMOVED: "planted names, numbers, addresses are gone from where they stood",
    Kind.DATE_SHIFTED: "dates are there, and moved (removed, where the policy removes them)",
    Kind.UID_CHANGED: "UIDs are others",
    Kind.UID_CONSISTENT: "one UID became one other, everywhere, and is still there",
    Kind.PATIENT_ID_CONSISTENT: "one person has one pseudonym, everywhere",
    Kind.PIXELS_HIDDEN: "text drawn into pixels cannot be read",
    Kind.PIXELS_RETAINED: "all other pixels are what they were",
    Kind.DATE_INTERVAL: "days between the dates of a person are what they were",
    Kind.DATE_VALID: "every date is one, in the form its type asks for",
    Kind.OVERLAY_HIDDEN: "text drawn into overlays cannot be read",
    Kind.ICON_HIDDEN: "text drawn into icons cannot be read",
    Kind.FRAME_REMOVED: "preamble, padding and file meta information are clean",
    Kind.NOWHERE: "no planted text stands anywhere in the bytes of what came out, in any usual encoding",
    Kind.TRANSCODE_RETAINED: "losslessly compressed copies decode to the same pixels",
}
"""What each says when it passes."""

Path_ = tuple[int, ...]
"""Tags from the top of a data set down; of sequences the first item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that must have become of one place.

    Attributes:
        kind: What is asked.
        place: Where, for people: `(0008,103E)`, never a value.
        path: The element; empty where it is none.
        value: What stood there: a date, a UID, a value to be retained.
        needles: Texts that may not, or words that must still, stand there.
    """

    kind: Kind
    place: str
    path: Path_ = ()
    value: str = field(default="", repr=False)
    needles: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Text drawn into pixels, an overlay or an icon.

    Attributes:
        box: Rows and columns it takes: top, left, bottom, right.
        mask: Its pixels within the box.
    """

    box: tuple[int, int, int, int]
    mask: Mask = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlantedFile:
    """One planted instance.

    Attributes:
        name: Of the file below the planted folder.
        sop, series: Its UIDs as planted.
        person: Number of the made-up person.
        checks: What must have become of it.
        drawn: Text in its pixels. overlay, icon: text in these.
        said: Whether its header says that pixels carry text; else only looking at them tells.
        pixels: Whether it is an image. transcode: whether it is a compressed copy of another.
    """

    name: str
    sop: str = field(repr=False)
    series: str = field(repr=False)
    person: int
    checks: tuple[Check, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    overlay: tuple[Drawn, ...] = ()
    icon: tuple[Drawn, ...] = ()
    said: bool = False
    pixels: bool = False
    transcode: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PlantedCell:
    """One cell of a planted table: its table, row and column, whose row it is, and what must become of it."""

    table: str
    row: int
    column: str
    person: int
    check: Check


@dataclass(kw_only=True)
class AnswerKey:
    """Everything that was planted.

    Attributes:
        folder: Where the files lie.
        files: In the order they were written.
        cells: Of the tables.
        stems: Every planted text that may stand nowhere, with its place.
        patients: Patient ID by person.
        left_out: Why files of the sample could not be planted in, and how many.
    """

    folder: Path
    files: list[PlantedFile] = field(default_factory=list)
    cells: list[PlantedCell] = field(default_factory=list)
    stems: dict[str, str] = field(default_factory=dict, repr=False)
    patients: dict[int, str] = field(default_factory=dict, repr=False)
    left_out: dict[str, int] = field(default_factory=dict)
