"""Risk, 1: how probable it is that somebody in a release is recognised, and who may say that it may be.

Twenty made-up people with a CT each and a table. `[risk]` of trial.toml says who may have their data.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guideit.actions.assess_risk import AssessedRisk, assess_risk
from guideit.actions.check import check
from guideit.actions.deidentify import deidentify
from guideit.actions.review import findings
from guideit.actions.trials import add_trial
from guideit.deid.risk.images import ImageFacts
from guideit.ledger.engine import begin
from guideit.ledger.findings import decide_finding
from guideit.ledger.series import clean_tables
from guideit.testing.desk import SECRET, Desk, instance, now, open_desk

TRIAL = """[trial]
id = "small"
title = "A small trial"

[[sites]]
id = "A"
country = "DE"

[[sites]]
id = "B"
country = "JP"

[[tables]]
id = "dm"
file = "dm.csv"
columns = [
  { name = "ID", role = "identifier" },
  { name = "AGE", role = "quasi-identifier", coarser = "ages" },
  { name = "SITE", role = "site" },
  { name = "RESPONSE", role = "outcome" },
]

[risk]
access = "ACCESS"
"""
PEOPLE = [f"QX{4821775 + 13 * number}" for number in range(20)]
AGES = [61 + number % 2 for number in range(20)]


def _table() -> str:
    rows = [
        f"{id},{age},{'AB'[n // 10]},{'CR' if n % 3 else 'PD'}"
        for n, (id, age) in enumerate(zip(PEOPLE, AGES, strict=True))
    ]
    return "\n".join(["ID,AGE,SITE,RESPONSE", *rows]) + "\n"


def _images(**rare: str) -> dict[str, bytes]:
    """A CT of each; what is rare is in the headers of the last."""
    images = {}
    for number, id in enumerate(PEOPLE):
        more: dict[str, Any] = {
            "PatientAge": f"{AGES[number]:03}Y",
            "Manufacturer": "M",
            **(rare if number == 19 else {}),
        }
        uids: dict[str, Any] = {"StudyInstanceUID": f"1.2.{number}", "SeriesInstanceUID": f"1.2.{number}.1"}
        sop = f"1.2.{number}.1.1"
        images[f"i{number}"] = instance(
            SOPInstanceUID=sop, PatientID=id, PatientName=f"Weberknecht^A{number}", **uids, **more
        )
    return images


def _desk(folder: Path, access: str, **rare: str) -> Iterator[Desk]:
    (folder / "dm.csv").write_text(_table(), "utf-8")
    with open_desk(folder, trial=TRIAL.replace("ACCESS", access)) as desk:
        desk.put(**_images(**rare))
        desk.submit()
        deidentify(desk.archive, "small", by="steward", now=now)
        check(desk.archive, "small", by="steward", now=now)
        yield desk


@pytest.fixture
def controlled(tmp_path: Path) -> Iterator[Desk]:
    """For researchers under contract."""
    yield from _desk(tmp_path, "controlled")


@pytest.fixture
def rare(tmp_path: Path) -> Iterator[Desk]:
    """For researchers under contract; one person lay in a scanner of which there is one."""
    yield from _desk(tmp_path, "controlled", ManufacturerModelName="PROTOTYPE")


def _assess(desk: Desk, **images: Any) -> AssessedRisk:
    return assess_risk(desk.archive, "small", by="steward", now=now, **images)


def _blocking(desk: Desk) -> list[dict[str, Any]]:
    rows = findings(desk.archive, "small", undecided=True)
    return [row for row in rows if row["rule"] == "risk.release" and row["severity"] == "block"]


def _released(desk: Desk) -> list[list[str]]:
    with begin(desk.archive.private) as conn:
        (row,) = clean_tables(conn, "small")
    digest = next(digest for path, _, digest in row["objects"] if path.endswith(".csv"))
    return list(csv.reader(io.StringIO((desk.archive.clean / f"{digest}.table").read_text("utf-8"))))


def test_under_the_threshold_nothing_blocks(controlled: Desk) -> None:
    """Five are alike in age and site: 0.3 that somebody looks, 1/5 that they are right."""
    done = _assess(controlled)
    assert done.holds
    assert done.document["highest"] == pytest.approx([0.01, 0.06])
    assert _blocking(controlled) == []


def test_for_everybody_the_same_data_are_coarsened_and_still_too_much(tmp_path: Path) -> None:
    """Twelve must be alike: the table says no sites and wider ages; but headers still say the age to the year."""
    for desk in _desk(tmp_path, "public"):
        header, *rows = _released(desk)
        sizes = Counter(tuple(row[1:3]) for row in rows)
        assert header == ["ID", "AGE", "SITE", "RESPONSE"]
        assert min(sizes.values()) >= 12
        assert Counter(row[3] for row in rows) == {"CR": 13, "PD": 7}
        done = _assess(desk)
        assert not done.holds
        assert done.document["highest"][1] == pytest.approx(0.1)
        (finding,) = _blocking(desk)
        assert "remove the age in headers" in finding["do"]


def test_one_rare_scanner_blocks_and_the_cheapest_remedies_are_named(rare: Desk) -> None:
    done = _assess(rare)
    assert not done.holds
    (finding,) = _blocking(rare)
    assert finding["place"] == "release/controlled/30%"
    assert "1 of 20 participants are above it" in finding["says"]
    assert finding["do"].startswith("1. leave out the participant above the threshold: ")
    assert "2. remove the model of the scanner: 0.06, loses " in finding["do"]


def test_a_remedy_done_is_the_risk_that_was_promised(rare: Desk, tmp_path: Path) -> None:
    """What the finding says to write is written, and the threshold holds."""
    promised = next(r for r in _assess(rare).remedies if r.says == "remove the model of the scanner")
    assert promised.do == "[deidentification] overrides: remove Manufacturer, ManufacturerModelName"
    override = '[[deidentification.overrides]]\ntarget = "{}"\naction = "remove"\nwhy = "one is rare"\n'
    said = "".join(override.format(name) for name in ("Manufacturer", "ManufacturerModelName"))
    (tmp_path / "trial.toml").write_text(TRIAL.replace("ACCESS", "controlled") + said, "utf-8")
    add_trial(rare.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
    deidentify(rare.archive, "small", by="steward", now=now)
    done = _assess(rare)
    assert done.holds
    assert done.document["highest"][1] == pytest.approx(promised.highest, abs=1e-3)
    assert _blocking(rare) == []


def test_nothing_of_it_tells_a_value(rare: Desk) -> None:
    """Neither the finding nor the evidence; that one person is above the threshold is a small count."""
    done = _assess(rare)
    text = json.dumps(done.document) + json.dumps(_blocking(rare))
    assert not [word for word in ("PROTOTYPE", "Weberknecht", *PEOPLE) if word in text]
    assert done.document["stand_out_by"] == {"scanner": 5, "tables and body": 15}  # five would be alike but for one
    assert done.document["above_threshold"] == "fewer than 5 of 20"
    pseudonyms = [each.pseudonym for each in done.participants]
    assert not [name for name in pseudonyms if name in json.dumps(done.document)]


def test_what_was_accepted_is_not_asked_again_until_it_is_more(rare: Desk) -> None:
    """A committee accepts so much risk for these recipients: less is accepted with it, more is not."""
    _assess(rare)
    _accept(rare)
    assert _assess(rare).accepted
    assert _blocking(rare) == []
    face = {place: ImageFacts(face="present", text="unknown") for place in _places(rare)}
    done = _assess(rare, images=face)
    assert done.document["highest"][1] == pytest.approx(
        0.3
    )  # as certain as before: nobody is recognised more than once
    assert done.accepted


def test_what_was_accepted_for_few_is_not_accepted_for_all(rare: Desk, tmp_path: Path) -> None:
    _assess(rare)
    _accept(rare)
    (tmp_path / "trial.toml").write_text(TRIAL.replace("ACCESS", "registered"), "utf-8")
    add_trial(rare.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
    assert not _assess(rare).accepted
    assert [row["place"] for row in _blocking(rare)] == ["release/registered/60%"]


def _accept(desk: Desk) -> None:
    (finding,) = _blocking(desk)
    with begin(desk.archive.private) as conn:
        decide_finding(conn, finding["id"], decision="accept", by="committee", at=now(), reason="discussed")


def _places(desk: Desk) -> list[str]:
    from guideit.actions.private_facts import private_facts

    with begin(desk.archive.private) as conn:
        return list(private_facts(conn, "small").series)


def test_what_detectors_saw_counts(controlled: Desk) -> None:
    """A face that is still there; text that nobody looked for."""
    place, *_ = _places(controlled)
    seen = _assess(controlled, images={place: ImageFacts(face="present", text="none-found")})
    assert seen.document["highest"][1] == pytest.approx(0.3 * (1 - (1 - 0.2) * (1 - 0.98)), abs=1e-3)
    (each,) = [p for p in seen.participants if p.by == "image"]
    assert place.startswith(each.pseudonym)
    (finding,) = _blocking(controlled)
    assert "remove faces" in finding["do"]


def test_a_named_population_is_who_there_is_to_choose_among(rare: Desk, tmp_path: Path) -> None:
    """Those bound by contract do not know who took part: of 40,000 people, one in twenty thousand did."""
    named = '[risk.population]\nname = "adults treated for X"\nsize = 40000\n'
    (tmp_path / "trial.toml").write_text(TRIAL.replace("ACCESS", "controlled") + named, "utf-8")
    add_trial(rare.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
    done = _assess(rare)
    assert done.holds
    assert done.document["attacker"] == "journalist"
    assert 0 < done.document["highest"][1] < 0.01
    assert done.document["tables"]["alone_in_population"]["share"] == 0.0


def test_a_register_is_compared_with_person_by_person(rare: Desk, tmp_path: Path) -> None:
    """delta-presence and the journalist's risk, on what the register says: age and site."""
    people = [f"{61 + n % 2},{'AB'[n // 10 % 2]}" for n in range(200)]
    (tmp_path / "register.csv").write_text("\n".join(["AGE,SITE", *people]) + "\n", "utf-8")
    named = '[risk.population]\nname = "all in the register"\nfile = "register.csv"\n'
    (tmp_path / "trial.toml").write_text(TRIAL.replace("ACCESS", "controlled") + named, "utf-8")
    add_trial(rare.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
    tables = _assess(rare).document["tables"]
    assert tables["presence"] == [0.1, 0.1]
    assert tables["journalist"]["highest"] == pytest.approx(0.02)


def test_it_is_in_the_log(controlled: Desk) -> None:
    _assess(controlled)
    from sqlalchemy import select

    from guideit.ledger.audit_tables import private_audit

    with begin(controlled.archive.private) as conn:
        acts = list(conn.scalars(select(private_audit.c.act)))
    assert acts[-1] == "trial.assess-risk"
