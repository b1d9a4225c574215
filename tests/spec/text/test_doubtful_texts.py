"""What is doubtful in free text: reported with every instance and table, listed once per trial, decided by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from sqlalchemy import Connection

from guideit.actions.doubtful_texts import read_doubts, record_doubtful, refused_words, write_doubts
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.known import KnownIdentifiers
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Identifier, Subject
from guideit.deid.table_formats import read_table
from guideit.deid.table_rules import table_rules
from guideit.deid.tables import clean_table
from guideit.ledger.doubtful import list_doubtful
from guideit.ledger.engine import begin, open_ledger
from guideit.ledger.findings import decide_finding, list_findings
from guideit.ledger.private_tables import trial
from guideit.testing.encodings import to_bytes
from guideit.testing.objects import file_meta, uid
from guideit.trial.deidentification import DeidSettings, FreeText
from guideit.trial.model import Column, Table

KEYS = Keys(b"k" * 32, "trial")
KNOWN = frozenset({Identifier(kind="name", text="Kowalewski^Anna"), Identifier(kind="id", text="S-1")})
SUBJECT = Subject(source_id="S-1", pseudonym="P-1", shift_days=-100, identifiers=KNOWN)
NOTE = "Frau Kowalewski kam mit Bogdanov. Leberherd am 11.05.2020."
REDACTS = DeidSettings(free_text=FreeText.REDACT)
AT = datetime(2026, 1, 2, tzinfo=UTC)
COMMENTS = "(0020,4000)"


def instance(number: int = 1, note: str = NOTE) -> bytes:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", uid("note", str(number))
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("note study"), uid("note series")
    ds.Modality, ds.PatientID, ds.PatientName = "OT", "S-1", "Kowalewski^Anna"
    ds.ImageComments = note
    file_meta(ds)
    return to_bytes(ds)


def cleaned(engine: Engine, data: bytes) -> CleanInstance:
    result = engine.clean(data)
    assert isinstance(result, CleanInstance)
    return result


def comments(result: CleanInstance) -> str:
    body = b"".join(bytes(piece) for piece in result.pieces)  # type: ignore[arg-type]
    return body.decode("utf-8", "replace")


def test_of_comments_everything_but_what_identifies_stays_where_the_policy_redacts() -> None:
    result = cleaned(Engine(load_policy(REDACTS), KEYS, SUBJECT), instance())
    assert "Frau kam mit Bogdanov. Leberherd am 01.02.2020." in comments(result)
    assert (COMMENTS, "C e1.clean-descriptors:known+shifted") in [tuple(change) for change in result.changes]


def test_every_instance_tells_what_is_doubtful_in_it() -> None:
    """The second one, too, whose comments are remembered from the first."""
    engine = Engine(load_policy(REDACTS), KEYS, SUBJECT)
    for number in (1, 2):
        result = cleaned(engine, instance(number))
        assert result.doubtful == [(COMMENTS, "doubtful.name", "Bogdanov")]


def test_the_policy_of_a_trial_that_says_nothing_keeps_words_of_the_vocabulary_and_doubts_nothing() -> None:
    result = cleaned(Engine(load_policy(DeidSettings()), KEYS, SUBJECT), instance())
    assert not result.doubtful
    assert "Bogdanov" not in comments(result)


def test_free_text_columns_do_as_comments_do() -> None:
    raw = read_table(f"id,note\nS-1,{NOTE}\n".encode(), name="visits.csv")
    columns = (Column(name="id", role="identifier"), Column(name="note", role="free-text"))  # type: ignore[arg-type]
    spec = Table(id="visits", file="visits.csv", columns=columns)
    redacted = clean_table(raw, spec, table_rules(load_policy(REDACTS), KEYS, [SUBJECT]))
    assert redacted.rows[0][1] == "Frau kam mit Bogdanov. Leberherd am 01.02.2020."
    assert redacted.doubtful == (("visits:note", "doubtful.name", "Bogdanov"),)
    assert redacted.changes["note", "text.known"] == 1 and redacted.changes["note", "text.shifted"] == 1
    plain = clean_table(raw, spec, table_rules(load_policy(DeidSettings()), KEYS, [SUBJECT]))
    assert "Bogdanov" not in plain.rows[0][1] and not plain.doubtful


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[Callable[[Connection], object]], object]:
    """Runs something in a private ledger that has the trial `t`."""
    engine = open_ledger(tmp_path / "private.db", "private")
    with begin(engine) as conn:
        conn.execute(trial.insert().values(id="t", toml="", digest="", folder="", added_at=""))

    def run(action: Callable[[Connection], object]) -> object:
        with begin(engine) as conn:
            return action(conn)

    return run


DOUBTS = [
    (COMMENTS, "doubtful.name", "Bogdanov"),
    ("visits:note", "doubtful.name", "Bogdanov"),
    (COMMENTS, "doubtful.number", "250000"),
]


def test_each_string_is_listed_once_and_blocks_until_somebody_decides(
    recorded: Callable[[Callable[[Connection], object]], object],
) -> None:
    assert recorded(lambda conn: record_doubtful(conn, "t", KEYS, DOUBTS)) == 2
    rows = recorded(lambda conn: list_doubtful(conn, "t", undecided=True))
    found = recorded(lambda conn: list_findings(conn, "t"))
    assert isinstance(rows, list) and isinstance(found, list)
    first = rows[0]
    assert (first["text"], first["places"], first["count"]) == ("Bogdanov", [COMMENTS, "visits:note"], 2)
    assert {row["severity"] for row in found} == {"block"} and len(found) == 2
    assert f"text/{first['digest']}" in {row["place"] for row in found}
    assert "Bogdanov" not in str(found)


def test_what_is_accepted_stays_accepted_and_what_is_refused_is_taken_out_next_time(
    recorded: Callable[[Callable[[Connection], object]], object],
) -> None:
    recorded(lambda conn: record_doubtful(conn, "t", KEYS, DOUBTS))
    rows = recorded(lambda conn: list_doubtful(conn, "t"))
    assert isinstance(rows, list)
    redact, accept = (row["finding"] for row in rows)
    recorded(lambda conn: decide_finding(conn, redact, decision="redact", by="me", at=AT, reason="a name"))
    recorded(lambda conn: decide_finding(conn, accept, decision="accept", by="me", at=AT, reason="a count"))
    recorded(lambda conn: record_doubtful(conn, "t", KEYS, DOUBTS[2:]))
    assert recorded(lambda conn: list_doubtful(conn, "t", undecided=True)) == []
    refused = recorded(lambda conn: refused_words(conn, "t"))
    assert refused == frozenset({Identifier(kind="refused", text="Bogdanov")})
    assert isinstance(refused, frozenset)
    assert KnownIdentifiers(refused).contains("kam mit bogdanov.")


def test_what_is_gone_is_no_longer_listed(recorded: Callable[[Callable[[Connection], object]], object]) -> None:
    recorded(lambda conn: record_doubtful(conn, "t", KEYS, DOUBTS))
    assert recorded(lambda conn: record_doubtful(conn, "t", KEYS, [])) == 0
    assert recorded(lambda conn: list_doubtful(conn, "t")) == []
    assert recorded(lambda conn: list_findings(conn, "t")) == []


def test_doubts_are_kept_beside_what_was_cleaned(tmp_path: Path) -> None:
    assert read_doubts(tmp_path / "none.json") == []
    write_doubts(tmp_path / "doubts.json", DOUBTS)
    assert sorted(read_doubts(tmp_path / "doubts.json")) == sorted(DOUBTS)
