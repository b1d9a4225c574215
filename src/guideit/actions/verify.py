"""`verify`: a sealed release read again, every byte, with code that shares nothing with what made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from guideit.actions.archive import Archive
from guideit.actions.check_tables import TextFacts, text_facts
from guideit.actions.private_facts import PrivateFacts, private_facts, series_task
from guideit.actions.progress import SILENT, Progress
from guideit.actions.proofs import Proofs
from guideit.actions.received import received_instances
from guideit.compute.executors import open_executor, run
from guideit.errors import SealBroken
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.quality.certificate import Certificate, conclude
from guideit.quality.index import ReleaseIndex
from guideit.quality.inputs import PolicyClaim, SeriesTask, Verdict
from guideit.quality.objects import check_seal
from guideit.quality.series import check_series
from guideit.storage.local import LocalStore
from guideit.storage.shelf import SEAL, Shelf
from guideit.storage.stores import Store
from guideit.trial.release import Release

CHUNK = 1 << 22


def verify_release(
    archive: Archive,
    release_id: str,
    *,
    by: str,
    now: Callable[[], datetime],
    progress: Progress = SILENT,
    reuse: bool = False,
) -> Certificate:
    """Prove a release of the archive, with the private side at hand.

    Args:
        archive, release_id, by, now, progress: As for every action.
        reuse: Take verdicts of `check` on packs whose bytes are still the same by their digest, read anew; so
            does `share`, which has just checked them. Else every file is read again.

    Raises:
        UsageError: There is no such release.
        SealBroken: Its seal or its policy cannot be read.
    """
    opened = _Reading(archive.shelf, release_id, scratch=archive.work / "verify")
    with reading(archive.private) as conn:
        facts = private_facts(conn, opened.release.trial)
        rows = [facts.series[place] for place in opened.places() if place in facts.series]
        released = {(row["patient"], row["series"]) for row in rows}
        submitted = received_instances(archive, conn, opened.release, opened.claim, released)
    proofs = Proofs(archive, facts, opened.claim) if reuse else None
    opened.searched = text_facts(archive, opened.release.trial, facts, opened.claim)
    verdicts = opened.verdicts(archive, facts, progress, proofs)
    certificate = conclude(opened.release, verdicts, submitted=submitted, claim=opened.claim, index=opened.index())
    outcome = {"passed": certificate.passed, "failures": len(certificate.failures), "root": certificate.root}
    with begin(archive.private) as conn:
        act = audit.Act(at=now(), by=by, act="release.verify", about=release_id, facts=outcome)
        audit.append(conn, private_audit, act)
    return certificate


def verify_folder(folder: Path, *, progress: Progress = SILENT) -> Certificate:
    """Prove a release that lies in a folder, as downloaded: its seal, and that it is as its policy says.

    Raises:
        SealBroken: Its seal or its policy cannot be read.
    """
    store = LocalStore(folder.resolve().parent.parent)
    id = f"{folder.resolve().parent.name}/{folder.resolve().name}"
    opened = _Reading(Shelf(store), id, scratch=folder)
    verdicts = opened.verdicts(None, None, progress)
    return conclude(opened.release, verdicts, submitted=None, claim=opened.claim, index=opened.index())


class _Reading:
    """A release being read."""

    def __init__(self, shelf: Shelf, id: str, *, scratch: Path) -> None:
        self._store: Store = shelf.store
        self._id = id
        self._scratch = scratch
        self.release: Release = shelf.read(id)
        self.searched = TextFacts()
        self._present = list(shelf.keys(id))
        self._stated = str(json.loads(self._body(SEAL)).get("root", ""))
        try:
            self.claim = PolicyClaim.read(json.loads(self._body("evidence/policy.json")))
        except (KeyError, ValueError) as wrong:
            raise SealBroken("the release's policy cannot be read", where=f"{id}/evidence/policy.json") from wrong

    def places(self) -> list[str]:
        """`participant/study/series` of each pack."""
        packs = (item.path for item in self.release.objects if item.path.startswith("images/"))
        return [path.removeprefix("images/").removesuffix(".zip") for path in packs]

    def verdicts(
        self,
        archive: Archive | None,
        facts: PrivateFacts | None,
        progress: Progress,
        proofs: Proofs | None = None,
    ) -> Iterator[Verdict]:
        """Of each series as it is read, or of its proof where there is one, then of the objects."""
        places, packs, known = self.places(), dict[str, tuple[int, str]](), dict[int, Verdict]()
        progress.step("Verifying series", len(places))
        workers = archive.plan.workers if archive else 1
        with open_executor(workers) as executor:
            tasks = self._tasks(archive, facts, proofs, known)
            for verdict in run(executor, check_series, tasks, in_flight=2 * workers):
                progress.advance()
                packs[f"images/{places[verdict.number]}.zip"] = verdict.pack
                yield known.pop(verdict.number, verdict)
        yield self._objects(packs)

    def index(self) -> ReleaseIndex:
        """The index's tables, and any bytes they lead to."""
        return ReleaseIndex.read(self._body, lambda path, at, n: self._store.get_range(f"{self._id}/{path}", at, n))

    def _objects(self, packs: Mapping[str, tuple[int, str]]) -> Verdict:
        verdict = Verdict()
        check_seal(self.release, self._stated, self._present, lambda p: packs.get(p) or self._digest(p), verdict)
        for item in self.release.objects:
            if not item.path.endswith(".zip") and item.path in self._present:
                self.searched.check(item.path, self._body(item.path), verdict)
        return verdict

    def _tasks(
        self, archive: Archive | None, facts: PrivateFacts | None, proofs: Proofs | None, known: dict[int, Verdict]
    ) -> Iterator[SeriesTask]:
        """One task per pack, with its sources where the private side knows them; verdicts kept go to `known`."""
        sealed = {item.path: item.sha256 for item in self.release.objects}
        for number, place in enumerate(self.places()):
            path = f"images/{place}.zip"
            pack, row = self._file(path), facts.series.get(place) if facts else None
            if archive is None or facts is None or row is None:
                person = facts.people.get(place.partition("/")[0]) if facts else None
                yield SeriesTask(number=number, place=place, pack=pack, claim=self.claim, person=person)
                continue
            kept = proofs.kept(row) if proofs and row["sha256"] == sealed[path] else None
            if kept:
                known[number] = kept
            with reading(archive.private) as conn:
                task = series_task(archive, conn, facts, row, self.claim, pack)
            yield replace(task, number=number, again=kept is None)

    def _file(self, path: str) -> Path:
        """An object as a local file; one that lies elsewhere is fetched."""
        if isinstance(self._store, LocalStore):
            return self._store.root / self._id / path
        target = self._scratch / path.replace("/", "_")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._body(path))
        return target

    def _body(self, path: str) -> bytes:
        return self._store.get(f"{self._id}/{path}")

    def _digest(self, path: str) -> tuple[int, str]:
        """Size and SHA-256 of an object, read by the chunk."""
        key = f"{self._id}/{path}"
        size, digest = self._store.size(key), hashlib.sha256()
        for at in range(0, size, CHUNK):
            digest.update(self._store.get_range(key, at, min(CHUNK, size - at)))
        return size, digest.hexdigest()
