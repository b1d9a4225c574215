"""The action codes of PS3.15 Table E.1-1 and what a decision is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What happens to an attribute (PS3.15 Table E.1-1a). On a sequence all but X and Z mean: clean its items."""

    KEEP = "K"
    REMOVE = "X"
    ZERO = "Z"
    DUMMY = "D"
    CLEAN = "C"
    UID = "U"


class Decision(NamedTuple):
    """An action and the rule that chose it (`e1.basic`, `e1.clean-descriptors`, `unlisted.text`, `override`, ...)."""

    action: Action
    rule: str


class Outcome(NamedTuple):
    """What became of one value.

    Attributes:
        value: The new value's bytes, little endian, padded to even length; None: the element goes.
        rule: The rule that acted, with its effect: what the evidence counts (`e1.clean-descriptors:known`); of a text
            with several spans each rule and how often (`sr.unlisted-text:known*2+phone`).
        doubtful: What somebody must look at before it is released: rule and text.
    """

    value: bytes | None
    rule: str
    doubtful: tuple[tuple[str, str], ...] = ()
