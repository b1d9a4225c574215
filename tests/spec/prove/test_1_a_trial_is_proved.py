"""`guideit prove`: identifiers of made-up people planted into a copy of a trial, and what its policy made of them.

The example trial: three hospitals, three scripts, CT, PET, MR, contours, segmentations, reports, tables; of every
kind of image one series.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from guideit.actions.archive import Archive, ArchivePlan, init_archive, open_archive
from guideit.actions.kept_proof import kept_proof, proof_path
from guideit.actions.prove import ProofRequest, Proved, prove
from guideit.actions.submit import Sources, submit
from guideit.actions.trials import add_trial
from guideit.errors import Refused
from guideit.quality.planting.answers import TEN, Kind
from guideit.quality.planting.score import NEEDED_OVERALL, proof_evidence
from guideit.settings import TEMPLATE
from guideit.testing.example import ExampleTrial, make_example


def now() -> datetime:
    return datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Case:
    """The example trial submitted, and proved; digests of its files from before."""

    example: ExampleTrial
    archive: Archive
    before: dict[str, str]
    proved: Proved


def _digests(folder: Path) -> dict[str, str]:
    return {str(p): sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("prove")
    example = make_example(folder / "trial", participants=3, scale=0.4)
    plan = ArchivePlan(root=folder / "a", workers=1, shelf_url=str(folder / "a" / "shared" / "shelf"))
    init_archive(plan.root, template=TEMPLATE)
    with open_archive(plan, write=True) as archive:
        add_trial(archive, example.trial, by="steward", now=now)
        submit(archive, "example", Sources(paths=example.sources, reference=True), by="steward", now=now)
        before = _digests(example.folder)
        proved = prove(archive, "example", ProofRequest(policies=()), by="steward", now=now)
        yield Case(example=example, archive=archive, before=before, proved=proved)


def test_everything_identifying_is_gone_and_what_was_promised_is_kept(case: Case) -> None:
    score = case.proved.own
    assert score.failures == {} or score.overall is not None
    assert score.removal == 1.0
    assert score.overall is not None and score.overall >= NEEDED_OVERALL
    assert score.passed


def test_each_of_the_ten_kinds_was_asked_or_held_back(case: Case) -> None:
    """Text in pixels is held back here, for the policy does not clean pixels: hidden by absence, and said so."""
    kinds = case.proved.own.kinds
    assert set(TEN) <= set(kinds)
    assert {kind for kind in TEN if not kinds[kind].total} == {Kind.PIXELS_HIDDEN}
    assert kinds[Kind.PIXELS_HIDDEN].held_back > 0


def test_what_the_benchmark_leaves_out_was_asked_too(case: Case) -> None:
    kinds = case.proved.own.kinds
    assert all(kinds[kind].total for kind in set(Kind) - set(TEN))


def test_text_that_this_policy_does_not_look_for_is_said(case: Case) -> None:
    """Lines burned in without a word in the header: no failure of a policy that does not clean pixels, no secret."""
    planted, released = case.proved.own.unlooked
    assert planted > 0
    assert proof_evidence(case.proved.own)["not_looked_for"] == {"burned_in_lines": planted, "released": released}


def test_people_of_the_trials_countries_were_made_up(case: Case) -> None:
    assert case.proved.own.countries == ("DE", "JP", "LV")


def test_nothing_is_lost_and_what_is_held_back_is_counted(case: Case) -> None:
    files = case.proved.own.files
    assert files.lost == files.unplantable == 0
    assert files.planted == files.released + files.reviewed + files.held_back
    assert files.held_back > 0 and files.reviewed > 0


def test_the_source_is_never_written_and_the_copy_is_gone(case: Case) -> None:
    assert _digests(case.example.folder) == case.before
    assert not (case.archive.work / "proof").exists()


def test_the_proof_is_kept_for_the_release_of_the_same_policy_only(case: Case, tmp_path: Path) -> None:
    kept = kept_proof(case.archive, "example")
    assert kept is not None
    assert kept["policy_digest"] == case.proved.own.digest
    changed = tmp_path / "trial.toml"
    text = case.example.trial.read_text("utf-8")
    changed.write_text(f'{text}\n[deidentification]\nkeep_words = ["Zwirn"]\n', "utf-8")
    add_trial(case.archive, changed, by="steward", now=now)
    assert kept_proof(case.archive, "example") is None
    add_trial(case.archive, case.example.trial, by="steward", now=now)
    assert kept_proof(case.archive, "example") == kept


def test_a_damaged_proof_is_none(case: Case) -> None:
    path = proof_path(case.archive, "example")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert kept_proof(case.archive, "example") is None
    path.write_bytes(whole)


def test_the_proof_names_nobody(case: Case) -> None:
    """No name, number or street of a made-up person, nor of a real one."""
    from guideit.quality.planting.people import persona
    from guideit.quality.planting.residue import of_people

    body = proof_path(case.archive, "example").read_text("utf-8")
    made_up = of_people(persona(country, n) for country in ("DE", "JP", "LV") for n in range(1, 4))
    real = [text for person in case.example.people for text in (person.source_id, person.name, person.phone)]
    assert not [text for text in [*made_up, *real] if text in body]
    assert json.loads(body)["own"]["passed"] is True


def test_after_a_failure_the_copy_is_gone_and_no_warning_carried_a_value(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pydicom's warnings quote what they are about; none leaves this command."""

    def fails(*_: Any, **__: Any) -> None:
        assert list((case.archive.work / "proof" / "planted" / "images").iterdir())
        warnings.warn("Weberknecht", stacklevel=1)
        raise Refused("on purpose")

    monkeypatch.setattr("guideit.actions.prove.run_policy", fails)
    with warnings.catch_warnings(record=True) as said, pytest.raises(Refused, match="on purpose"):
        warnings.simplefilter("always")
        prove(case.archive, "example", ProofRequest(policies=()), by="steward", now=now)
    assert said == []
    assert not (case.archive.work / "proof").exists()
