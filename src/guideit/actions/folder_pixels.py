"""Pixels cleaned without an archive: what `guideit deid` does series by series where the policy asks for it.

Nobody reviews here: what cannot be decided is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guideit.actions.folder_survey import Seen
from guideit.actions.look_at_pixels import Looking, head_in, look_at_series
from guideit.actions.progress import Progress
from guideit.compute.executors import run
from guideit.deid.engine import Engine
from guideit.deid.faces.head import Head
from guideit.deid.sight import Sight
from guideit.deid.subject import CleanInstance, Held, Subject
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option
from guideit.trial.finding import Finding, Severity

Frame = tuple[str, str]
"""Patient ID, and Frame of Reference UID or, where there is none, Series Instance UID."""


@dataclass(frozen=True, kw_only=True)
class HeadTask:
    """A frame of reference: files of each of its series."""

    frame: Frame = field(repr=False)
    files: tuple[tuple[Path, ...], ...] = field(repr=False)
    faceless: bool


def look_for_head(task: HeadTask) -> tuple[Frame, Head]:
    """Look for a head (a worker's task)."""
    return task.frame, head_in(task.files, faceless=task.faceless)


def find_heads(
    executor: Executor, files: Sequence[Seen], progress: Progress
) -> dict[Frame, tuple[Head, dict[str, str]]]:
    """The head, or that there is none, of each frame of reference that has volumes.

    With each stands why its face cannot be removed from some of the series, by Series Instance UID.

    Raises:
        DetectorMissing: What compares volumes is not installed.
    """
    frames: dict[Frame, dict[str, list[Path]]] = {}
    heads: set[Frame] = set()
    for file in files:
        if file.frame:
            frame = (file.patient, file.frame)
            frames.setdefault(frame, {}).setdefault(file.series, []).append(Path(file.path))
            heads.update(() if file.faceless else (frame,))
    progress.step("Looking for heads", len(frames))
    tasks = [
        HeadTask(frame=frame, files=tuple(map(tuple, series.values())), faceless=frame not in heads)
        for frame, series in frames.items()
    ]
    found: dict[Frame, tuple[Head, dict[str, str]]] = {}
    for frame, head in run(executor, look_for_head, iter(tasks), in_flight=4):
        names = list(frames[frame])
        found[frame] = head, {names[number]: rule for number, rule in head.held.items()}
        progress.advance()
    return found


@dataclass(frozen=True, kw_only=True)
class SeriesFiles:
    """One series: its files, how the source names them, and their headers."""

    files: Sequence[tuple[str, str]] = field(repr=False)
    headers: Sequence[Mapping[str, Any]] = field(repr=False)


EngineFor = Callable[[frozenset[Option]], Engine]
"""The engine that says of its instances that these pixel options were shown."""


def cleaned_series(
    series: SeriesFiles, settings: DeidSettings, sight: Sight, subject: Subject, engine_for: EngineFor
) -> Iterator[tuple[str, CleanInstance | Held]]:
    """Each file of a series by its name, cleaned or held back.

    Raises:
        DetectorMissing: What has to look is not installed.
    """
    looking = look_at_series([Path(path) for path, _ in series.files], series.headers, settings, sight, subject)
    engine = engine_for(looking.treatment.shown)
    for number, (path, name) in enumerate(series.files):
        if looking.treatment.findings:
            yield name, Held(findings=looking.treatment.findings)
        else:
            yield name, _cleaned(looking, engine, number, Path(path))


def _cleaned(looking: Looking, engine: Engine, number: int, path: Path) -> CleanInstance | Held:
    try:
        data, _ = looking.treated(number, path.read_bytes())
    except NotUnderstood as reason:
        return _held("deid.pixels", f"its pixels cannot be cleaned: {reason.what}")
    except OSError:  # it could be read a moment ago: the rest goes on
        return _held("deid.unreadable", "unreadable")
    return engine.clean(data)


def _held(rule: str, says: str) -> Held:
    return Held(findings=(Finding(rule=rule, severity=Severity.BLOCK, place="", says=says),))
