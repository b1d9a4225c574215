"""What the private ledger keeps of what people looked at, over runs that find the same, more or less."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from guideit.deid.pixels.regions import Box, Region
from guideit.ledger.engine import begin, open_ledger
from guideit.ledger.findings import (
    decide_finding,
    drop_findings_at,
    list_findings,
    put_findings,
    replace_findings,
    replace_findings_at,
)
from guideit.ledger.readings import Reading, put_reading, readings, readings_of
from guideit.ledger.regions import (
    DRAWN,
    KEEP,
    REDACT,
    decide_regions,
    decided_regions,
    draw,
    put_regions,
    regions_at,
    undecide_regions,
)
from guideit.ledger.trials import put_trial
from guideit.trial.finding import Finding, Severity

AT = datetime(2026, 1, 2, tzinfo=UTC)
ONE, TWO, THREE = (Region(rule="text.detected", box=Box(n, 0, n + 5, 5)) for n in (0, 10, 20))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_ledger(tmp_path / "private.db", "private")
    with begin(engine) as conn:
        put_trial(conn, id="t", toml="", digest="", folder="", at=AT)
    return engine


def _found(rule: str, place: str, severity: Severity = Severity.BLOCK, says: str = "so it is") -> Finding:
    return Finding(rule=rule, severity=severity, place=place, says=says)


def _rows(conn: Connection) -> list[tuple[int, str, str]]:
    return [(row["id"], row["rule"], row["place"]) for row in list_findings(conn, "t")]


def _states(conn: Connection) -> list[tuple[int, str]]:
    return [(region.box.left, state) for region, state in regions_at(conn, "t", "p")]


def test_what_is_found_again_keeps_its_number_and_what_is_gone_goes(engine: Engine) -> None:
    with begin(engine) as conn:
        put_findings(conn, "t", [_found("pixels.x", "a"), _found("pixels.x", "b"), _found("hold.x", "a")])
        before = {place: id for id, rule, place in _rows(conn) if rule == "pixels.x"}
        put_reading(conn, before["b"], Reading(reader="anna", decision="accept"), AT)
        replace_findings(conn, "t", "pixels.", [_found("pixels.x", "b", says="and more"), _found("pixels.x", "c")])
        after = {place: id for id, rule, place in _rows(conn) if rule == "pixels.x"}
        assert (after["b"], set(after)) == (before["b"], {"b", "c"})
        assert [item.reader for item in readings_of(conn, before["b"])] == ["anna"]
        assert "and more" in {row["says"] for row in list_findings(conn, "t")}


def test_only_what_was_looked_at_again_is_replaced(engine: Engine) -> None:
    with begin(engine) as conn:
        put_findings(conn, "t", [_found("pixels.x", "a"), _found("pixels.x", "b"), _found("hold.x", "a")])
        replace_findings_at(conn, "t", "pixels.", ["a"], [_found("pixels.y", "a"), _found("pixels.y", "elsewhere")])
        found = {(rule, place) for _, rule, place in _rows(conn)}
        assert found == {("hold.x", "a"), ("pixels.y", "a"), ("pixels.x", "b")}
        drop_findings_at(conn, "t", "pixels.", ["b"])
        assert len(_rows(conn)) == 2


def test_a_decided_finding_stays_as_it_was_decided_on(engine: Engine) -> None:
    with begin(engine) as conn:
        put_findings(conn, "t", [_found("hold.x", "a")])
        decide_finding(conn, 1, decision="accept", by="anna", at=AT, reason="why")
        put_findings(conn, "t", [_found("hold.x", "a", Severity.NOTE, "another sentence")])
        replace_findings(conn, "t", "hold.", [])
        row = list_findings(conn, "t")[0]
        assert (row["says"], row["severity"], row["decision"]) == ("so it is", "block", "accept")


def test_blocking_findings_come_first_and_notes_last(engine: Engine) -> None:
    with begin(engine) as conn:
        for number, severity in enumerate((Severity.NOTE, Severity.WARN, Severity.BLOCK)):
            put_findings(conn, "t", [_found(f"a.{number}", "x", severity)])
        assert [row["severity"] for row in list_findings(conn, "t")] == ["block", "warn", "note"]


def test_a_detector_replaces_its_own_doubts_and_nothing_else(engine: Engine) -> None:
    drawn = Region(rule=DRAWN, box=Box(50, 0, 60, 5))
    with begin(engine) as conn:
        assert put_regions(conn, "t", place="p", layout="", regions={"doubtful": [ONE, TWO], "proposed": [THREE]}) == 2
        draw(conn, "t", "p", [drawn], by="anna", at=AT)
        put_regions(conn, "t", place="p", layout="", regions={"doubtful": [TWO]})
        assert sorted(_states(conn)) == [(10, "doubtful"), (50, "doubtful")]
        decide_regions(conn, "t", "p", REDACT, by="anna", at=AT)
        assert put_regions(conn, "t", place="p", layout="", regions={"doubtful": [TWO], "proposed": [drawn]}) == 0
        assert sorted(_states(conn)) == [(10, "redact"), (50, "redact")]


def test_redacting_takes_proposals_too_and_keeping_does_not(engine: Engine) -> None:
    with begin(engine) as conn:
        put_regions(conn, "t", place="p", layout="", regions={"doubtful": [ONE], "proposed": [TWO]})
        decide_regions(conn, "t", "p", KEEP, by="anna", at=AT)
        assert sorted(_states(conn)) == [(0, "keep"), (10, "proposed")]
        decide_regions(conn, "t", "p", REDACT, by="anna", at=AT)
        assert sorted(_states(conn)) == [(0, "keep"), (10, "redact")]
        assert decided_regions(conn, "t") == {"p": (TWO,)}
        assert decided_regions(conn, "t", KEEP) == {"p": (ONE,)}


def test_taking_back_drops_what_was_drawn_and_doubts_the_rest_again(engine: Engine) -> None:
    with begin(engine) as conn:
        put_regions(conn, "t", place="p", layout="", regions={"doubtful": [ONE]})
        draw(conn, "t", "p", [Region(rule=DRAWN, box=Box(50, 0, 60, 5))], by="anna", at=AT)
        decide_regions(conn, "t", "p", REDACT, by="anna", at=AT)
        undecide_regions(conn, "t", "p", REDACT)
        assert _states(conn) == [(0, "doubtful")]


def test_a_region_is_read_as_it_was_written(engine: Engine) -> None:
    region = Region(rule="text.layout.us-region", box=Box(1, 2, 3, 4), instance=5, first=6, last=7)
    with begin(engine) as conn:
        put_regions(conn, "t", place="p", layout="x", regions={"doubtful": [region]})
        assert regions_at(conn, "t", "p") == [(region, "doubtful")]


def test_decisions_from_before_readings_were_kept_are_the_first_readings(tmp_path: Path) -> None:
    """An archive of revision 3, with a decision in it, is brought up to date."""
    from guideit.ledger.engine import METADATA
    from guideit.ledger.schema import migrate

    engine = open_ledger(tmp_path / "private.db", "private")
    with begin(engine) as conn:
        put_trial(conn, id="t", toml="", digest="", folder="", at=AT)
        put_findings(conn, "t", [_found("hold.x", "a"), _found("hold.y", "a")])
        decide_finding(conn, 1, decision="accept", by="anna", at=AT, reason="why")
        conn.execute(text("DROP TABLE reading"))
        conn.execute(
            text(
                "CREATE TABLE reading (id INTEGER NOT NULL CONSTRAINT pk_reading PRIMARY KEY, finding INTEGER NOT NULL "
                "CONSTRAINT fk_reading_finding REFERENCES finding (id) ON DELETE CASCADE, reader VARCHAR NOT NULL, "
                "decision VARCHAR NOT NULL, reason TEXT NOT NULL, at VARCHAR NOT NULL, "
                "CONSTRAINT uq_reading_reader UNIQUE (finding, reader))"
            )
        )
        conn.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    migrate(engine, "private", METADATA["private"])
    with begin(engine) as conn:
        assert readings(conn, "t") == {1: [Reading(reader="anna", decision="accept", reason="why")]}
        put_reading(conn, 1, Reading(reader="anna", decision="exclude"), AT)  # a person may read again
