"""Regions of an image: where text stands, by which rule, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle of pixels of a frame: columns `left` to `right`, rows `top` to `bottom`, both ends exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A box on some frames of one instance, or of every instance of a series.

    Attributes:
        rule: Which detector or table says so (`text.detected`, `text.layout.us-region`, `text.drawn`); never a value.
        box: Where, in pixels of the frame.
        instance: Number of the instance in the series' order; None for every instance of this size.
        first, last: Frames, from 0, `last` exclusive; None for all that follow.
    """

    rule: str
    box: Box
    instance: int | None = None
    first: int = 0
    last: int | None = None

    @property
    def spot(self) -> tuple[object, ...]:
        """Where it is, whoever found it."""
        return (self.box, self.instance, self.first, self.last)
