"""`release`: what is clean and passed the verifier becomes a sealed, immutable version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.assess_risk import assess_risk
from guideit.actions.crate_facts import crate_facts
from guideit.actions.current import check_current
from guideit.actions.pixel_facts import image_facts
from guideit.actions.private_facts import PrivateFacts, private_facts
from guideit.actions.received import series_left_out
from guideit.actions.release_evidence import Told, release_evidence
from guideit.actions.review.unresolved import unresolved
from guideit.actions.trials import DeclaredTrial, declared_trial
from guideit.catalogue.crate import NAME as CRATE
from guideit.catalogue.crate import crate_bytes
from guideit.catalogue.index_files import IndexCounts, IndexedInstance, write_index
from guideit.deid.policy import load_policy
from guideit.dicom.index import COLUMNS
from guideit.errors import Refused, UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit, shared_audit
from guideit.ledger.engine import begin
from guideit.ledger.findings import list_findings
from guideit.ledger.left_out import Place, put_left_out
from guideit.ledger.releases import put_release, release_ids
from guideit.ledger.series import clean_rows
from guideit.ledger.series import clean_tables as table_rows
from guideit.trial.release import Counts, Release, ReleaseObject, objects_sorted
from guideit.version import __version__


def seal_release(
    archive: Archive, trial_id: str, version: str, *, date: str, by: str, now: Callable[[], datetime]
) -> Release:
    """Seal everything that is clean and verified; again with the same content it does nothing.

    Raises:
        UsageError: No such trial, or the version or the date cannot be.
        Refused: Nothing is clean, something is not verified or would be cleaned otherwise now, or the version is sealed
            with other content.
    """
    _check_names(version, date)
    declared = declared_trial(archive, trial_id)
    check_current(archive, declared)
    risk = _risk(archive, trial_id, by=by, now=now)
    contents = _contents(archive, declared)
    ingredients = _Ingredients(folder=archive.work / "release")
    counts = ingredients.fill(archive, declared, contents)
    release = Release(
        trial=trial_id,
        version=version,
        title=declared.trial.title,
        date=date,
        licence=declared.trial.trial.licence,
        previous=_previous(archive, trial_id, version),
        policy_digest=load_policy(declared.trial.deidentification).digest,
        tool=f"guideit {__version__}",
        counts=counts,
        objects=(),
    )
    told = Told(
        release=release,
        policy=load_policy(declared.trial.deidentification),
        series=contents.series,
        tables=contents.tables,
        findings=contents.findings,
        left_out=contents.left_out,
        people=contents.people,
        risk=risk,
    )
    for path, body in release_evidence(archive, told).items():
        ingredients.add_bytes(path, body)
    ingredients.add_bytes(CRATE, crate_bytes(crate_facts(declared.trial, release), ingredients.objects()))
    release = Release(**{**vars_of(release), "objects": ingredients.objects()})
    if not archive.shelf.sealed(release.id):
        with begin(archive.private) as conn:
            put_left_out(conn, release.id, contents.left_out)
    archive.shelf.seal(release, ingredients.paths)
    _record(archive, release, contents.series, by=by, at=now())
    return release


def vars_of(release: Release) -> dict[str, Any]:
    """A release's fields by name."""
    return {name: getattr(release, name) for name in Release.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class _Contents:
    series: Sequence[Mapping[str, Any]]
    tables: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    left_out: Mapping[Place, str] = field(repr=False)
    people: PrivateFacts = field(repr=False)


def _check_names(version: str, date: str) -> None:
    if not version or not all(c.isalnum() or c in ".-" for c in version) or version.startswith("."):
        raise UsageError("a version has letters, digits, dots and hyphens", do="--release 1.0")
    try:
        Date.fromisoformat(date)
    except ValueError as wrong:
        raise UsageError("no such date", do="--date 2026-11-23") from wrong


def _contents(archive: Archive, declared: DeclaredTrial) -> _Contents:
    """What may be sealed.

    Raises:
        Refused: Nothing may, or something was not verified.
    """
    trial = declared.trial.id
    with begin(archive.private) as conn:
        series, tables, findings = clean_rows(conn, trial), table_rows(conn, trial), list_findings(conn, trial)
        if not series and not tables:
            raise Refused("nothing is clean", why=_why(findings), do=f"guideit review {trial}")
        released = {(row["patient"], row["series"]) for row in series}
        left_out = series_left_out(archive, conn, trial, released)
        _check_resolved(unresolved(conn, trial), trial)
        people = private_facts(conn, trial)
        found = _Contents(series=series, tables=tables, findings=findings, left_out=left_out, people=people)
    waiting = sum(1 for row in found.series if not row["verified"])
    if waiting:
        raise Refused(f"{waiting} series did not pass the verifier", do=f"guideit check {trial}")
    return found


def _risk(archive: Archive, trial: str, *, by: str, now: Callable[[], datetime]) -> Mapping[str, Any]:
    """The risk of what would be sealed, assessed anew: what was assessed earlier may have been less.

    Raises:
        Refused: It is above the threshold, and no person accepted that.
    """
    with begin(archive.private) as conn:
        images = image_facts(archive, clean_rows(conn, trial))
    done = assess_risk(archive, trial, by=by, now=now, images=images)
    if not done.holds and not done.accepted:
        do = f"guideit risk {trial}; lower it, or accept it with a reason: guideit review {trial}"
        raise Refused("the risk that somebody is recognised is above the threshold of the trial's access", do=do)
    return done.document


def _check_resolved(waiting: Sequence[Mapping[str, Any]], trial: str) -> None:
    """Nothing that a person has to decide is sealed undecided, nor on half a decision.

    Raises:
        Refused: Something waits.
    """
    if waiting:
        rules = sorted({f"{row['rule']}: {row['why']}" for row in waiting})
        why, do = "; ".join(rules), f"guideit review {trial}"
        raise Refused(f"{len(waiting)} findings on what would be released are not resolved", why=why, do=do)


def _why(findings: Sequence[Mapping[str, Any]]) -> str:
    rules = sorted({row["rule"] for row in findings if row["severity"] == "block" and row["decision"] != "accept"})
    return f"held back by {', '.join(rules)}" if rules else "nothing was received"


def _previous(archive: Archive, trial: str, version: str) -> str | None:
    """The version before: that of the seal where this version is sealed already."""
    id = f"{trial}/{version}"
    if archive.shelf.sealed(id):
        return archive.shelf.read(id).previous
    with begin(archive.shared) as conn:
        earlier = [known for known in release_ids(conn, trial) if known != id]
    return earlier[-1].partition("/")[2] if earlier else None


class _Ingredients:
    """The objects of a release and where their bytes lie now."""

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder
        self._objects: list[ReleaseObject] = []
        self.paths: dict[str, Path] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def objects(self) -> tuple[ReleaseObject, ...]:
        """In the order of the seal."""
        return objects_sorted(self._objects)

    def fill(self, archive: Archive, declared: DeclaredTrial, contents: _Contents) -> Counts:
        """Images, index and tables."""
        for row in contents.series:
            self._add(_pack_path(row), archive.clean / row["object"], row["size"], row["sha256"])
        for row in contents.tables:
            for path, size, digest in row["objects"]:
                self._add(path, archive.clean / f"{digest}.table", size, digest)
        columns = [(c.name, c.type) for c in COLUMNS] + [("TransferSyntaxUID", "string")]
        counts = write_index(_indexed(archive, contents.series), self._folder / "index", columns)
        for name in ("instances.parquet", "series.parquet"):
            self._add_file(f"index/{name}", self._folder / "index" / name)
        return _counts(counts, len(contents.tables))

    def add_bytes(self, path: str, body: bytes) -> None:
        """An object made here."""
        target = self._folder / path.replace("/", "_")
        target.write_bytes(body)
        self._add_file(path, target)

    def _add_file(self, path: str, source: Path) -> None:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._add(path, source, source.stat().st_size, digest)

    def _add(self, path: str, source: Path, size: int, sha256: str) -> None:
        self._objects.append(ReleaseObject(path=path, size=size, sha256=sha256))
        self.paths[path] = source


def _pack_path(row: Mapping[str, Any]) -> str:
    return f"images/{row['pseudonym']}/{row['study_out']}/{row['series_out']}.zip"


def _counts(index: IndexCounts, tables: int) -> Counts:
    return Counts(
        participants=index.participants,
        studies=index.studies,
        series=index.series,
        instances=index.instances,
        tables=tables,
    )


def _indexed(archive: Archive, series: Sequence[Mapping[str, Any]]) -> Iterator[IndexedInstance]:
    """Instances in release order, read from the lines beside each clean pack."""
    for row in series:
        lines = (archive.clean / row["object"]).with_suffix(".jsonl")
        with lines.open(encoding="utf-8") as file:
            for line in file:
                header = json.loads(line)
                yield IndexedInstance(
                    participant=row["pseudonym"],
                    study=row["study_out"],
                    series=row["series_out"],
                    instance=header.pop("file").removesuffix(".dcm"),
                    pack=_pack_path(row),
                    offset=header.pop("offset"),
                    length=header.pop("length"),
                    frames=[tuple(frame) for frame in header.pop("frames", [])],
                    header=header,
                )


def _record(archive: Archive, release: Release, series: Sequence[Mapping[str, Any]], *, by: str, at: datetime) -> None:
    """Record the sealed release on both sides; what is recorded already is left as it is."""
    facts = {"root": release.root, "series": release.counts.series, "instances": release.counts.instances}
    act = audit.Act(at=at, by=by, act="release.seal", about=release.id, facts=facts)
    with begin(archive.shared) as conn:
        fresh = put_release(conn, release, map(_series_row, series), at=at)
        if fresh:
            audit.append(conn, shared_audit, act)
    if fresh:
        with begin(archive.private) as conn:
            audit.append(conn, private_audit, act)


def _series_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "participant": row["pseudonym"],
        "study": row["study_out"],
        "series": row["series_out"],
        "modality": row["modality"],
        "instances": row["instances"],
        "object": _pack_path(row),
        "size": row["size"],
    }
