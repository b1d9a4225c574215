"""One received series cleaned into one pack: what a worker process does. Nothing here touches a database."""

from __future__ import annotations

import json
import mmap
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guideit.actions.doubtful_texts import Doubt, write_doubts
from guideit.deid.attest import ClinicalTrial
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.pixels.regions import Region
from guideit.deid.policy import Policy, load_policy
from guideit.deid.sight import Sight
from guideit.deid.subject import CleanInstance, Held, Subject
from guideit.errors import NotUnderstood
from guideit.storage.packs import PackEntry, write_pack
from guideit.trial.deidentification import DeidSettings, Option
from guideit.trial.finding import Finding, Severity

if TYPE_CHECKING:
    from guideit.actions.look_at_pixels import Looking

PIXELS = ".pixels.json"
"""Ending of the file beside a pack that says where pixels were changed; only where they were looked at."""
DOUBTS = ".doubts.json"
"""Ending of the file beside a pack, or named as a table's inputs, with texts that somebody must look at, if any."""


@dataclass(frozen=True, kw_only=True)
class SeriesTask:
    """What a worker needs to clean one series.

    Attributes:
        number: The task's number in this run.
        files: `(path, place)` of each instance in the order of the pack; `place` is what findings say.
        trial: Written to the Clinical Trial attributes, if given.
        inputs: Digest of everything that decides the result; names the result's files.
        target: The folder of cleaned series. work: a folder for half-done files.
        sight: What is known of its pixels, where the policy has them looked at.
        headers: Index columns of each instance, in the order of `files`; only with `sight`.
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
    sight: Sight | None = None
    headers: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class SeriesResult:
    """What became of one series. `instances` is 0 where every instance was held back.

    `doubtful` are regions of its pixels that a person has to decide on; `proposed` are those that would be blanked.
    """

    number: int
    findings: tuple[Finding, ...]
    instances: int = 0
    study: str = ""
    series: str = ""
    modality: str = ""
    size: int = 0
    sha256: str = ""
    changes: dict[str, dict[str, int]] = field(default_factory=dict)
    doubtful: tuple[Region, ...] = ()
    proposed: tuple[Region, ...] = ()


@lru_cache(maxsize=4)
def _policy(settings: DeidSettings) -> Policy:
    return load_policy(settings)


@lru_cache(maxsize=4)
def _engine(
    settings: DeidSettings,
    keys: tuple[bytes, str],
    subject: Subject,
    trial: ClinicalTrial | None,
    shown: frozenset[Option],
) -> Engine:
    return Engine(_policy(settings), Keys(*keys), subject, trial=trial, shown=shown)


def clean_series(task: SeriesTask) -> SeriesResult:
    """Clean a series into `<target>/<inputs>.zip`, its index beside it in `<inputs>.jsonl`.

    Instances that are not understood are held back and named in the findings; the rest goes on.
    Half-done files lie in `work` until both are whole.
    """
    looking = _looked_at(task)
    if looking and looking.treatment.findings:
        return _held(task.number, looking)
    shown = looking.treatment.shown if looking else frozenset()
    batch = _Batch(_engine(task.settings, (task.secret, task.scope), task.subject, task.trial, shown), looking)
    half = task.work / f"{task.inputs}.zip"
    pack = write_pack(half, batch.clean(task.files))
    if not pack.entries:
        half.unlink()
        return SeriesResult(number=task.number, findings=tuple(batch.findings))
    batch.write_index(task.work / f"{task.inputs}.jsonl", pack.entries)
    endings = [".jsonl", ".zip"]
    if looking and looking.treatment.acts:
        batch.write_evidence(task.work / f"{task.inputs}{PIXELS}")
        endings.insert(0, PIXELS)
    if batch.doubts:
        write_doubts(task.work / f"{task.inputs}{DOUBTS}", batch.doubts)
        endings.insert(0, DOUBTS)
    for suffix in endings:
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
        doubtful=looking.treatment.doubtful if looking else (),
    )


def _looked_at(task: SeriesTask) -> Looking | None:
    """What is to be done to pixels; None where neither policy nor a person has them looked at."""
    if task.sight is None:
        return None
    from guideit.actions.look_at_pixels import look_at_series  # imports what looks, which most policies do not need

    paths = [path for path, _ in task.files]
    return look_at_series(paths, task.headers, task.settings, task.sight, task.subject)


def _held(number: int, looking: Looking) -> SeriesResult:
    found = looking.treatment
    return SeriesResult(number=number, findings=found.findings, doubtful=found.doubtful, proposed=found.regions)


class _Batch:
    """Cleans file after file and keeps what the pack does not: findings, counts, index rows, evidence of pixels."""

    def __init__(self, engine: Engine, looking: Looking | None) -> None:
        self._engine, self._looking = engine, looking
        self._evidence = looking.treatment.evidence() if looking else {}
        self.findings: list[Finding] = []
        self.doubts: list[Doubt] = []
        self._headers: list[dict[str, Any]] = []
        self._changes: Counter[tuple[str, str]] = Counter()
        self.study = self.series = self.modality = ""

    def clean(self, files: tuple[tuple[Path, str], ...]) -> Iterator[CleanInstance]:
        """Clean instances in order; each is written before the next is read."""
        for number, (path, place) in enumerate(files):
            with _mapped(path) as data:
                result = self._cleaned(number, data, place)
                if isinstance(result, Held):
                    self.findings.extend(result.findings)
                    continue
                self._note(result)
                yield result

    def _cleaned(self, number: int, data: bytes, place: str) -> CleanInstance | Held:
        """Pixels first, then the header."""
        done: dict[str, Any] = {}
        if self._looking:
            try:
                data, done = self._looking.treated(number, data)
            except NotUnderstood as reason:
                says = f"its pixels cannot be cleaned: {reason.what}"
                return Held(findings=(Finding(rule="deid.pixels", severity=Severity.BLOCK, place=place, says=says),))
        result = self._engine.clean(data, place=place)
        if done and isinstance(result, CleanInstance):
            self._evidence["instances"][result.instance] = done
        return result

    def _note(self, instance: CleanInstance) -> None:
        self.study, self.series = instance.study, instance.series
        self.modality = str(instance.header.get("Modality") or "")
        self._changes.update(instance.changes)
        self.doubts.extend(instance.doubtful)
        self._headers.append(dict(instance.header) | {"frames": instance.frames})

    def write_index(self, path: Path, entries: tuple[PackEntry, ...]) -> None:
        """One JSON line per instance: its index columns and where it lies in the pack."""
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            for header, entry in zip(self._headers, entries, strict=True):
                row = header | {"file": entry.name, "offset": entry.offset, "length": entry.length}
                row["frames"] = [(entry.offset + at, length) for at, length in header["frames"]]
                lines.write(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str) + "\n")

    def write_evidence(self, path: Path) -> None:
        """What was done to pixels, for the verifier. A head beside whose face the series lies shows no face."""
        face, done = self._evidence["face"], self._evidence["instances"].values()
        if face and face["verdict"] == "face" and not any(one["masks"] for one in done):
            self._evidence["face"] = face | {"verdict": "none"}
        path.write_text(json.dumps(self._evidence, sort_keys=True) + "\n", "utf-8")

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
