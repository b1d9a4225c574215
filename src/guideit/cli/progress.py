"""Progress on stderr: what is being done, how far, how fast, time left."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class TerminalProgress:
    """One bar per step; satisfies `guideit.actions.progress.Progress`."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._bars: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def step(self, title: str, total: int | None) -> None:
        """Begin a step of `total` items (None: not known yet)."""
        if self._enabled:
            if self._bars is None:  # not before there is something to show: it starts a thread
                self._bars = _bars()
                self._bars.start()
            self._task = self._bars.add_task(title, total=total, rate="")

    def advance(self, done: int = 1) -> None:
        """`done` more items of the current step are finished."""
        if self._bars and self._task is not None:
            self._bars.advance(self._task, done)
            speed = self._bars.tasks[-1].speed
            self._bars.update(self._task, rate=f"{speed:,.0f}/s" if speed else "")


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        rate,
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
