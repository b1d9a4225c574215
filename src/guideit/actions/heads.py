"""Heads looked for in each frame of reference before series are planned: all series of one get the same mask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.look_at_pixels import head_in
from guideit.actions.progress import Progress
from guideit.compute.executors import open_executor, run
from guideit.deid.faces.head import Head
from guideit.deid.hold import head_volume, is_volume
from guideit.ledger.engine import reading
from guideit.ledger.series import first_instances, instances_of
from guideit.version import __version__

SeriesName = tuple[str, str]
"""Patient ID and Series Instance UID of the source."""


@dataclass(frozen=True, kw_only=True)
class HeadTask:
    """One participant's frame of reference: the files of each of its series, in a fixed order.

    Attributes:
        inputs: Digest of the files; names the result.
        names: Of the series.
        faceless: Whether every header names a part of the body without a face.
        target: The folder of results. work: a folder for half-done files.
    """

    inputs: str
    files: tuple[tuple[Path, ...], ...] = field(repr=False)
    names: tuple[SeriesName, ...] = field(repr=False)
    faceless: bool
    target: Path
    work: Path

    @property
    def result(self) -> Path:
        """Where what was found is kept."""
        return self.target / f"{self.inputs}.head.json"


def look_for_head(task: HeadTask) -> Head:
    """Look for a head in all series of a frame of reference; what was found is kept (a worker's task).

    Raises:
        DetectorMissing: What compares volumes is not installed.
    """
    head = head_in(task.files, faceless=task.faceless)
    half = task.work / task.result.name
    half.write_text(head.as_json() + "\n", "utf-8")
    half.replace(task.result)
    return head


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of the head in a series' frame of reference: `head` is None where nobody has looked yet.

    `rule` says why the face cannot be removed from this series though the head was found; empty where it can.
    """

    inputs: str
    head: Head | None
    rule: str = ""


def head_tasks(archive: Archive, trial: str) -> list[HeadTask]:
    """One per frame of reference that has volumes, in a fixed order."""
    groups: dict[tuple[str, str], list[SeriesName]] = {}
    with reading(archive.private) as conn:
        for row in first_instances(conn, trial):
            header = row["header"]
            if is_volume(header):
                place = str(header.get("FrameOfReferenceUID") or row["series"])
                groups.setdefault((row["patient"], place), []).append((row["patient"], row["series"]))
        received = {name: instances_of(conn, trial, *name) for names in groups.values() for name in names}
    return [_task(archive, names, [received[name] for name in names]) for names in groups.values()]


def _task(archive: Archive, names: Sequence[SeriesName], series: Sequence[Sequence[Mapping[str, Any]]]) -> HeadTask:
    facts = [__version__, *([row["blake3"] for row in rows] for rows in series)]
    return HeadTask(
        faceless=not any(head_volume(row["header"]) for rows in series for row in rows),
        inputs=hashlib.sha256(json.dumps(facts).encode()).hexdigest(),
        files=tuple(tuple(archive.quarantine / row["location"] for row in rows) for rows in series),
        names=tuple(names),
        target=archive.clean,
        work=archive.work,
    )


def look_for_heads(archive: Archive, trial: str, progress: Progress) -> dict[SeriesName, Seen]:
    """Look where nobody has looked yet; what is known of each series' frame of reference.

    Raises:
        DetectorMissing: What compares volumes is not installed.
    """
    tasks = head_tasks(archive, trial)
    waiting = [task for task in tasks if _kept(task) is None]
    progress.step("Looking for heads", len(waiting))
    with open_executor(archive.plan.workers) as executor:
        for _ in run(executor, look_for_head, iter(waiting), in_flight=2 * archive.plan.workers):
            progress.advance()
    return dict(_seen(tasks))


def heads_seen(archive: Archive, trial: str) -> dict[SeriesName, Seen]:
    """What is known already."""
    return dict(_seen(head_tasks(archive, trial)))


def _seen(tasks: Iterable[HeadTask]) -> Iterator[tuple[SeriesName, Seen]]:
    for task in tasks:
        head = _kept(task)
        for number, name in enumerate(task.names):
            yield name, Seen(inputs=task.inputs, head=head, rule=head.held.get(number, "") if head else "")


def _kept(task: HeadTask) -> Head | None:
    """What was found before; None where nobody looked, or where it cannot be read: then somebody looks again."""
    try:
        return Head.from_json(task.result.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
