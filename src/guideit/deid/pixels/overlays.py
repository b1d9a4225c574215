"""Overlays in the unused bits of pixels (retired; PS3.5 8.1.2): the policy takes their group, this takes the bits.

A bitmap in an element of its own goes with its group, under every option (`graphics.overlay` of the policy).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydicom import Dataset

from guideit.deid.pixels.frames import PixelFile, open_pixels
from guideit.deid.pixels.layout import Stored
from guideit.deid.pixels.rewrite_frames import Rewritten, rewritten
from guideit.errors import NotUnderstood
from guideit.trial.finding import Finding, Severity

RULE = "pixels.unused-bits-cleared"
POSITION = 0x60000102
"""Overlay Bit Position of the first of sixteen groups."""


def embedded(dataset: Dataset) -> Mapping[int, int]:
    """Overlays in the bits of the pixels: group -> bit position; those of position 0 have an element of their own."""
    found: dict[int, int] = {}
    for group in range(0x6000, 0x6020, 2):
        position = dataset.get((group, POSITION & 0xFFFF))
        bitmap = (group, 0x3000) in dataset
        if position is not None and isinstance(position.value, int) and (position.value or not bitmap):
            found[group] = position.value
    return found


def without_overlay_bits(data: bytes | memoryview) -> Rewritten:
    """A file whose unused bits say nothing, in every frame; what pixels store stays as it is.

    Raises:
        NotUnderstood: It has no pixels or they cannot be decoded, or an overlay lies in bits that pixels are stored
            in, where nobody can tell one from the other.
    """
    file = open_pixels(data)
    if file is None:
        raise NotUnderstood("no pixel data", where="(7FE0,0010)")
    refuse_mixed(file)
    return rewritten(data, unchanged)


def refuse_mixed(file: PixelFile) -> None:
    """Raises NotUnderstood where an overlay lies in the stored bits of the pixels."""
    layout = file.layout
    stored = range(layout.shift, layout.high + 1)
    if any(position in stored for position in embedded(file.dataset).values()):
        raise NotUnderstood("an overlay lies in the stored bits of the pixels", where="(60xx,0102)")


def unchanged(number: int, stored: Stored) -> Stored:
    """The change that changes no value."""
    return stored


def cleared_findings(made: Rewritten, place: str) -> tuple[Finding, ...]:
    """What is said of a file in whose unused bits something stood."""
    if not made.cleared:
        return ()
    says = f"something stood in the unused bits of {len(made.cleared)} frames, as an overlay would; they are zero now"
    return (Finding(rule=RULE, severity=Severity.NOTE, place=place, says=says),)
