"""Overlays in the unused bits of pixels (retired; PS3.5 8.1.2): the policy takes their group, this takes the bits.

A bitmap in an element of its own goes with its group, under every option (`graphics.overlay` of the policy).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydicom import Dataset

from guideit.deid.pixels.frames import PixelFile
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


def refuse_mixed(file: PixelFile) -> None:
    """Raises NotUnderstood where an overlay lies in the stored bits of the pixels."""
    layout = file.layout
    stored = range(layout.shift, layout.high + 1)
    if any(position in stored for position in embedded(file.dataset).values()):
        raise NotUnderstood("an overlay lies in the stored bits of the pixels", where="(60xx,0102)")


def cleared_findings(cleared: Sequence[int], place: str) -> tuple[Finding, ...]:
    """What is said of a file in whose unused bits something stood, in the frames `cleared` when it was rewritten."""
    if not cleared:
        return ()
    says = f"something stood in the unused bits of {len(cleared)} frames, as an overlay would; they are zero now"
    return (Finding(rule=RULE, severity=Severity.NOTE, place=place, says=says),)
