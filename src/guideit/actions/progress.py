"""What an action tells whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Steps with counts; the command line draws bars, a web page may stream them."""

    def step(self, title: str, total: int | None) -> None:
        """Begin a step of `total` items (None: not known yet)."""

    def advance(self, done: int = 1) -> None:
        """`done` more items of the current step are finished."""


class Silent:
    """Tells nobody."""

    def step(self, title: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, done: int = 1) -> None:
        """Nothing."""


SILENT = Silent()
