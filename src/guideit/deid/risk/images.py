"""What images themselves give away: a face, text left in pixels, teeth and implants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from guideit.deid.hold import RULES, VOLUMES, Header
from guideit.deid.risk.recipients import Interval

Face = Literal["none", "removed", "defaced", "present", "unknown"]
Text = Literal["none-found", "redacted", "unknown"]

FACES: Mapping[Face, Interval] = {
    "none": Interval(low=0.0, high=0.0),
    "removed": Interval(low=0.05, high=0.08),
    "defaced": Interval(low=0.05, high=0.38),
    "present": Interval(low=0.78, high=0.98),
    "unknown": Interval(low=0.0, high=0.98),
}
"""How often a face rendered from a volume is matched to a photograph among some dozens of candidates: published rates
for CT and MR, before (`present`), after removing faces by the best tool (`removed`), and from the best to popular ones
(`defaced`: by the source, nobody knows how)."""
TEXTS: Mapping[Text, Interval] = {
    "none-found": Interval(low=0.0, high=0.0),
    "redacted": Interval(low=0.0, high=0.01),
    "unknown": Interval(low=0.0, high=1.0),
}
"""How probable it is that pixels still name the participant: detection finds 99 of 100 planted texts in a series."""
_NO_TEXT = VOLUMES | {"RTSTRUCT", "RTDOSE", "RTPLAN", "SEG", "REG", "SR", "PR", "KO"}


@dataclass(frozen=True, kw_only=True)
class ImageFacts:
    """What is known of one series' images; what nobody looked at is `unknown`, and taken by its worst.

    Attributes:
        face: `none`: no face is in it; `removed`: by guideit; `defaced`: by the source; `present`; `unknown`.
        hardware: What a person who knows somebody's body would recognise (`teeth`, `hip`, `pacemaker`, ...).
        text: `none-found`: it was looked for; `redacted`; `unknown`.
    """

    face: Face = "unknown"
    hardware: frozenset[str] = frozenset()
    text: Text = "unknown"


def from_header(header: Header) -> ImageFacts:
    """What a header alone tells, for a series at whose pixels nobody looked.

    A face is ruled out by the rule that holds head volumes back; text by modalities that carry none.
    """
    volume = str(header.get("Modality") or "") in _NO_TEXT
    head = RULES["hold.head-volume"][0](header) or RULES["hold.visible-features"][0](header)
    return ImageFacts(face="unknown" if head else "none", text="none-found" if volume else "unknown")


def recognised_by_image(images: Iterable[ImageFacts]) -> Interval:
    """The probability that a participant is recognised by any of their images, apart from hardware."""
    low = high = 0.0
    for facts in images:
        for seen in (FACES[facts.face], TEXTS[facts.text]):
            low, high = max(low, seen.low), max(high, seen.high)
    return Interval(low=low, high=high)
