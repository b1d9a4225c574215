"""What is known of a series before its pixels are looked at. Light: it is planned with, looking comes later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guideit.deid.pixels.regions import Region
from guideit.trial.deidentification import Option

if TYPE_CHECKING:
    from guideit.deid.faces.head import Head

TEXT, FACE = Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES
DOUBTFUL_TEXT, CAPTURED, DOUBTFUL_FACE = "pixels.doubtful-text", "hold.secondary-capture", "faces.doubtful"
"""Rules of what a person has to decide before a series' pixels may be released."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What is known of a series before its pixels are looked at.

    Attributes:
        place: How findings name it.
        decided: What persons decided: rule -> `accept`, `redact` or `exclude`.
        drawn: Regions that a person wants blanked. kept: those that a person looked at and lets stay.
        head: What was found in its frame of reference; None where no head was looked for.
        head_rule: Why its face cannot be removed though the head was found; empty where it can.
    """

    place: str
    decided: Mapping[str, str] = field(default_factory=dict)
    drawn: tuple[Region, ...] = ()
    kept: tuple[Region, ...] = ()
    head: Head | None = None
    head_rule: str = ""
