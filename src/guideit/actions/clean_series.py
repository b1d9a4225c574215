"""One received series cleaned into one pack: what a worker process does. Nothing here touches a database."""

from __future__ import annotations

import json
import mmap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from guideit.deid.attest import ClinicalTrial
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import Policy, load_policy
from guideit.deid.subject import CleanInstance, Held, Subject
from guideit.storage.packs import PackEntry, write_pack
from guideit.trial.deidentification import DeidSettings
from guideit.trial.finding import Finding


@dataclass(frozen=True, kw_only=True)
class SeriesTask:
    """What a worker needs to clean one series.

    Attributes:
        number: The task's number in this run.
        files: `(path, place)` of each instance in the order of the pack; `place` is what findings say.
        trial: Written to the Clinical Trial attributes, if given.
        inputs: Digest of everything that decides the result; names the result's files.
        target: The folder of cleaned series. work: a folder for half-done files.
    """

    number: int
    files: tuple[tuple[Path, str], ...] = field(repr=False)
    subject: Subject
    settings: DeidSettings
    secret: bytes = field(repr=False)
    scope: str
    inputs: str
    target: Path
    work: Path
    trial: ClinicalTrial | None = None


@dataclass(frozen=True, kw_only=True)
class SeriesResult:
    """What became of one series. `instances` is 0 where every instance was held back."""

    number: int
    findings: tuple[Finding, ...]
    instances: int = 0
    study: str = ""
    series: str = ""
    modality: str = ""
    size: int = 0
    sha256: str = ""
    changes: dict[str, dict[str, int]] = field(default_factory=dict)


@lru_cache(maxsize=4)
def _policy(settings: DeidSettings) -> Policy:
    return load_policy(settings)


@lru_cache(maxsize=4)
def _engine(settings: DeidSettings, keys: tuple[bytes, str], subject: Subject, trial: ClinicalTrial | None) -> Engine:
    return Engine(_policy(settings), Keys(*keys), subject, trial=trial)


def clean_series(task: SeriesTask) -> SeriesResult:
    """Clean a series into `<target>/<inputs>.zip`, its index beside it in `<inputs>.jsonl`.

    Instances that are not understood are held back and named in the findings; the rest goes on.
    Half-done files lie in `work` until both are whole.
    """
    batch = _Batch(_engine(task.settings, (task.secret, task.scope), task.subject, task.trial))
    half = task.work / f"{task.inputs}.zip"
    pack = write_pack(half, batch.clean(task.files))
    if not pack.entries:
        half.unlink()
        return SeriesResult(number=task.number, findings=tuple(batch.findings))
    batch.write_index(task.work / f"{task.inputs}.jsonl", pack.entries)
    for suffix in (".jsonl", ".zip"):
        (task.work / f"{task.inputs}{suffix}").replace(task.target / f"{task.inputs}{suffix}")
    return SeriesResult(
        number=task.number,
        findings=tuple(batch.findings),
        instances=len(pack.entries),
        study=batch.study,
        series=batch.series,
        modality=batch.modality,
        size=pack.size,
        sha256=pack.sha256,
        changes=batch.counted(),
    )


class _Batch:
    """Cleans file after file and keeps what the pack does not: findings, counts, index rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.findings: list[Finding] = []
        self._headers: list[dict[str, Any]] = []
        self._changes: Counter[tuple[str, str]] = Counter()
        self.study = self.series = self.modality = ""

    def clean(self, files: tuple[tuple[Path, str], ...]) -> Iterator[CleanInstance]:
        """Clean instances in order; each is written before the next is read."""
        for path, place in files:
            with _mapped(path) as data:
                result = self._engine.clean(data, place=place)
                if isinstance(result, Held):
                    self.findings.extend(result.findings)
                    continue
                self._note(result)
                yield result

    def _note(self, instance: CleanInstance) -> None:
        self.study, self.series = instance.study, instance.series
        self.modality = str(instance.header.get("Modality") or "")
        self._changes.update(instance.changes)
        self._headers.append(dict(instance.header) | {"frames": instance.frames})

    def write_index(self, path: Path, entries: tuple[PackEntry, ...]) -> None:
        """One JSON line per instance: its index columns and where it lies in the pack."""
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            for header, entry in zip(self._headers, entries, strict=True):
                row = header | {"file": entry.name, "offset": entry.offset, "length": entry.length}
                row["frames"] = [(entry.offset + at, length) for at, length in header["frames"]]
                lines.write(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str) + "\n")

    def counted(self) -> dict[str, dict[str, int]]:
        """How often each rule acted, by tag path, sorted."""
        nested: dict[str, dict[str, int]] = {}
        for (tag, rule), count in sorted(self._changes.items()):
            nested.setdefault(tag, {})[rule] = count
        return nested


@contextmanager
def _mapped(path: Path) -> Iterator[bytes]:
    """The file's bytes, mapped: a file of 2 GB costs no memory."""
    with path.open("rb") as file:
        try:
            mapped: bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[assignment]
        except ValueError:  # an empty file cannot be mapped
            yield b""
            return
    yield mapped  # closed when its last view is gone: pieces may still point into it
