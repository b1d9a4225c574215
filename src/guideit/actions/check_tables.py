"""Cleaned tables read again by the independent verifier before they may be sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guideit.actions.archive import Archive
from guideit.actions.clean_tables import table_sources
from guideit.actions.private_facts import PrivateFacts
from guideit.actions.trials import declared_trial
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import put_findings
from guideit.ledger.series import clean_tables, drop_clean_table
from guideit.ledger.series import table_files as received_tables
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.needles import Needles, everyone, needles
from guideit.quality.objects import check_text
from guideit.quality.series import kept_kinds
from guideit.quality.table_days import Days, released_days


@dataclass(frozen=True, kw_only=True)
class TextFacts:
    """What the objects of a release that are text are searched for.

    Attributes:
        everyone: What may stand nowhere.
        own: By pseudonym, what may not stand in a row that names that participant.
        days: By pseudonym, the only days that may.
    """

    everyone: tuple[Needles, ...] = field(default=(), repr=False)
    own: dict[str, Needles] = field(default_factory=dict, repr=False)
    days: Days | None = field(default=None, repr=False)

    def check(self, path: str, body: bytes, verdict: Verdict) -> None:
        """Search one object."""
        check_text(path, body, self.everyone, verdict, own=self.own, days=self.days)


def text_facts(archive: Archive, trial_id: str, facts: PrivateFacts, claim: PolicyClaim) -> TextFacts:
    """From the private side."""
    kept = kept_kinds(claim.options)
    return TextFacts(
        everyone=(everyone(facts.everyone, kept),),
        own={name: needles(person.identifiers, kept) for name, person in facts.people.items()},
        days=released_days(_sources(archive, trial_id), facts.people.values(), claim.dates),
    )


def _sources(archive: Archive, trial_id: str) -> Iterator[bytes]:
    """Bytes of every file that fits a declared table."""
    declared = declared_trial(archive, trial_id)
    with reading(archive.private) as conn:
        received = received_tables(conn, trial_id)
    for table in declared.trial.tables:
        for path in table_sources(archive, declared, received, table):
            yield path.read_bytes()


def check_tables(archive: Archive, trial_id: str, facts: PrivateFacts, claim: PolicyClaim) -> int:
    """Read every cleaned table again; one that fails is held back with a finding. Returns how many failed."""
    with reading(archive.private) as conn:
        rows = clean_tables(conn, trial_id)
    searched = text_facts(archive, trial_id, facts, claim) if rows else TextFacts()
    failed = 0
    for row in rows:
        verdict = Verdict()
        for path, _, digest in row["objects"]:
            searched.check(path, (archive.clean / f"{digest}.table").read_bytes(), verdict)
        if verdict.findings:
            failed += 1
            with begin(archive.private) as conn:
                put_findings(conn, trial_id, verdict.findings)
                drop_clean_table(conn, trial_id, row["name"])
    return failed
