"""One policy run over the planted copy in a scratch archive by the ordinary actions, and what came out of it scored."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive, ArchivePlan, init_archive, open_archive
from guideit.actions.check import check
from guideit.actions.deidentify import deidentify
from guideit.actions.evidence import policy_evidence
from guideit.actions.plan_series import file_place
from guideit.actions.plant_copy import Copy, as_toml, left_out
from guideit.actions.private_facts import released_uid
from guideit.actions.progress import SILENT, Progress
from guideit.actions.release import seal_release
from guideit.actions.review import decide
from guideit.actions.submit import Sources, submit
from guideit.actions.trials import add_trial
from guideit.deid.policy import Policy, load_policy
from guideit.errors import Refused
from guideit.ledger.engine import reading
from guideit.ledger.findings import list_findings
from guideit.ledger.series import clean_rows, clean_tables, instances_of, received_series
from guideit.ledger.trials import participants
from guideit.quality.inputs import PolicyClaim
from guideit.quality.planting.answers import PlantedFile
from guideit.quality.planting.promises import kept_stems
from guideit.quality.planting.residue import Search, of_people
from guideit.quality.planting.score import FileCounts, ProofScore, scored
from guideit.quality.planting.scoring import Facts, Marking
from guideit.version import __version__

_TRIAL_FACTS = ("accept", "keep_words", "shift_days", "oldest_age", "drop_modalities")
"""What a named policy leaves to the trial."""
_BY = "guideit prove"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is to be run: the planted copy, a scratch folder, and whose key it is derived from."""

    copy: Copy
    folder: Path
    secret: bytes = field(repr=False)
    workers: int
    now: Callable[[], datetime]
    progress: Progress = SILENT


def run_policy(run: Run, label: str, name: str = "") -> ProofScore:
    """Run the trial's own policy, or the named one with what the trial itself says of its data, and score it."""
    body = dict(run.copy.declaration)
    if name:
        own = body.get("deidentification", {})
        body["deidentification"] = {k: own[k] for k in _TRIAL_FACTS if k in own} | {"policy": name}
    declaration = run.copy.folder / f"{label}.toml"
    declaration.write_text(as_toml(body), "utf-8")
    root = run.folder / label
    init_archive(root, template="")
    plan = ArchivePlan(root=root, workers=run.workers, shelf_url=str(root / "shared" / "shelf"))
    with open_archive(plan, write=True) as archive:
        scratch = _Scratch(run=run, archive=archive, label=label, declaration=declaration)
        return scratch.score()


@dataclass(kw_only=True)
class _Scratch:
    """A scratch archive from its first file to its score."""

    run: Run
    archive: Archive
    label: str
    declaration: Path
    trial: str = ""
    reviewed: set[str] = field(default_factory=set, repr=False)

    def score(self) -> ProofScore:
        policy = self._clean()
        claim = PolicyClaim.read(policy_evidence(policy))
        facts, verifier = self._facts(claim), self._checked()
        marking, counts = Marking(facts=facts), Counter[str]()
        search = Search(places=self._searched(facts))
        files = self._released(claim)
        for file in self.run.copy.key.files:
            counts[self._mark(file, files, marking, search)] += 1
        self._cells(marking, search)
        for where, body in self._other_bytes():
            search.look(body, where)
        return scored(
            marking.finished(search.found, search.places),
            trial=self.trial,
            policy=self.label,
            digest=policy.digest,
            tool=f"guideit {__version__}",
            files=FileCounts(planted=len(self.run.copy.key.files), unplantable=left_out(self.run.copy.key), **counts),
            searched=search.searched,
            countries=self.run.copy.countries,
            verifier=verifier,
        )

    def _clean(self) -> Policy:
        """The ordinary actions; then once more with everything let pass that no text was drawn into."""
        archive, run = self.archive, self.run
        secret = hashlib.sha256(b"guideit prove" + run.secret).digest()
        trial = add_trial(archive, self.declaration, by=_BY, now=run.now, secret=secret).trial
        self.trial = trial.id
        given = Sources(paths=[run.copy.key.folder], reference=True)
        submit(archive, trial.id, given, by=_BY, now=run.now, progress=run.progress)
        deidentify(archive, trial.id, by=_BY, now=run.now, progress=run.progress)
        if self._let_pass():
            deidentify(archive, trial.id, by=_BY, now=run.now, progress=run.progress)
        return load_policy(trial.deidentification)

    def _let_pass(self) -> int:
        """Accept what holds series back, as a reviewer might; not where text was drawn in on purpose."""
        keys = self.archive.keys(self.trial)
        drawn = {keys.uid(file.series) for file in self.run.copy.key.files if file.drawn}
        by_place = {keys.uid(file.series): file.series for file in self.run.copy.key.files}
        with reading(self.archive.private) as conn:
            found = list_findings(conn, self.trial, undecided=True)
        accepted = 0
        for row in found:
            uid = row["place"].rpartition("/")[2]
            if row["severity"] == "block" and row["rule"].startswith("hold.") and uid in by_place.keys() - drawn:
                decide(self.archive, row["id"], "accept", by=_BY, reason="proof by planting", now=self.run.now)
                self.reviewed.add(by_place[uid])
                accepted += 1
        return accepted

    def _facts(self, claim: PolicyClaim) -> Facts:
        with reading(self.archive.private) as conn:
            known = {row["source_id"]: row for row in participants(conn, self.trial)}
        numbers = {n: known[patient] for n, patient in self.run.copy.key.patients.items() if patient in known}
        return Facts(
            claim=claim,
            shifts={n: row["shift_days"] for n, row in numbers.items()},
            pseudonyms={n: row["pseudonym"] for n, row in numbers.items()},
            stems=frozenset(self.run.copy.key.stems),
        )

    def _checked(self) -> Mapping[str, int]:
        """The ordinary verifier's findings, by rule."""
        check(self.archive, self.trial, by=_BY, now=self.run.now, progress=self.run.progress)
        with reading(self.archive.private) as conn:
            rules = (row["rule"] for row in list_findings(conn, self.trial))
            return Counter(rule for rule in rules if rule.startswith("verify."))

    def _searched(self, facts: Facts) -> dict[str, str]:
        """Everything planted, less what the policy says it keeps."""
        checks = [check for file in self.run.copy.key.files for check in file.checks]
        kept = kept_stems(checks, facts.claim, facts.stems)
        stems = {text: place for text, place in self.run.copy.key.stems.items() if text not in kept}
        return stems | of_people(self.run.copy.people.values())

    def _released(self, claim: PolicyClaim) -> dict[str, tuple[Path, str] | None]:
        """By SOP Instance UID as planted: pack and entry of what was released; None of what a finding holds back."""
        keys, found = self.archive.keys(self.trial), dict[str, tuple[Path, str] | None]()
        with reading(self.archive.private) as conn:
            held = {row["place"] for row in list_findings(conn, self.trial) if _holds(row)}
            packs = {
                (r["patient"], r["series"]): self.archive.clean / r["object"] for r in clean_rows(conn, self.trial)
            }
            for row in received_series(conn, self.trial):
                pack = packs.get((row["patient"], row["series"]))
                entries = set(zipfile.ZipFile(pack).namelist()) if pack else set()
                series_held = any(place.endswith(f"/series/{keys.uid(row['series'])}") for place in held)
                for each in instances_of(conn, self.trial, row["patient"], row["series"]):
                    entry = f"{released_uid(keys, claim, each['sop'])}.dcm"
                    if pack and entry in entries:
                        found[each["sop"]] = (pack, entry)
                    elif series_held or file_place(each) in held:
                        found[each["sop"]] = None
        return found

    def _mark(self, file: PlantedFile, files: _Files, marking: Marking, search: Search) -> str:
        """Score one file; what became of it."""
        at = files.get(file.sop)
        if at is None:
            held = file.sop in files
            marking.missing(file, held=held)
            return "held_back" if held else "lost"
        pack, entry = at
        with zipfile.ZipFile(pack) as opened:
            body = opened.read(entry)
        search.look(body, "a released image")
        reviewed = file.series in self.reviewed
        source = (self.run.copy.key.folder / file.name).read_bytes()
        marking.released(file, source, body, reviewed=reviewed)
        return "reviewed" if reviewed else "released"

    def _cells(self, marking: Marking, search: Search) -> None:
        """Score the cells of every planted table; one that a finding holds back is not there."""
        tables = self._tables()
        for cell in self.run.copy.key.cells:
            rows = tables.get(cell.table, [])
            marking.cell(cell, rows[cell.row].get(cell.column) if cell.row < len(rows) else None)

    def _tables(self) -> dict[str, list[dict[str, str]]]:
        with reading(self.archive.private) as conn:
            rows = clean_tables(conn, self.trial)
        found = {}
        for row in rows:
            for path, _, digest in row["objects"]:
                if path.endswith(".csv"):
                    text = (self.archive.clean / f"{digest}.table").read_text("utf-8")
                    found[row["name"]] = list(csv.DictReader(io.StringIO(text)))
        return found

    def _other_bytes(self) -> Iterator[tuple[str, bytes]]:
        """Everything else that came out, with what it is: names of files, tables, index, evidence, findings."""
        with reading(self.archive.private) as conn:
            said = [[row["rule"], row["place"], row["says"], row["do"]] for row in list_findings(conn, self.trial)]
        yield "the findings", json.dumps(said, ensure_ascii=False).encode()
        for path in sorted(self.archive.clean.glob("*.table")):
            yield "a table", as_searched(path.read_bytes())
        for path in self._sealed():
            yield "the name of a file", str(path.relative_to(self.archive.plan.root)).encode()
            if path.is_file() and path.suffix != ".zip":
                yield f"{path.parent.name} of the release", as_searched(path.read_bytes())

    def _sealed(self) -> list[Path]:
        """Files of a release of it all; none where nothing may be sealed."""
        try:
            seal_release(self.archive, self.trial, "proof", date="2000-01-01", by=_BY, now=self.run.now)
        except Refused:
            return []
        return sorted((self.archive.plan.root / "shared" / "shelf").rglob("*"))


_Files = Mapping[str, tuple[Path, str] | None]


def _holds(row: Mapping[str, Any]) -> bool:
    """Whether a finding keeps what it concerns back."""
    return bool(row["rule"] == "hold.modality" or (row["severity"] == "block" and row["decision"] != "accept"))


def as_searched(body: bytes) -> bytes:
    """An object's bytes; of a Parquet file also its cells, which are compressed there."""
    if body[:4] != b"PAR1":
        return body
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(io.BytesIO(body)).read(use_threads=False).to_pylist()
    return body + json.dumps(rows, ensure_ascii=False, default=str).encode()
