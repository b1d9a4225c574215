"""Known identifiers, and what an action makes of a value. All people here are made up."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings

from guideit.deid.actions import Action, Decision
from guideit.deid.dates import shift_da
from guideit.deid.keys import Keys
from guideit.deid.known import KnownIdentifiers
from guideit.deid.policy import load_policy
from guideit.deid.subject import Identifier, Subject
from guideit.deid.text import TextCleaner
from guideit.deid.values import Values
from guideit.quality.needles import needles
from guideit.trial.deidentification import DeidSettings

CLEAN = Decision(Action.CLEAN, "c")
KEEP = Decision(Action.KEEP, "k")


def values_for(*known: tuple[str, str]) -> Values:
    identifiers = frozenset(Identifier(kind=kind, text=text) for kind, text in known)
    subject = Subject(source_id="s", pseudonym="P-1", shift_days=-400, identifiers=identifiers)
    return Values(load_policy(DeidSettings()), Keys(b"k" * 32, "trial"), subject)


@pytest.mark.parametrize(
    ("name", "text", "charset"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "CT 山田 chest", ["", "ISO 2022 IR 87"]),
        ("Люкceмбypг^Иван", "CT Люкceмбypг chest", ["ISO_IR 144"]),
        ("Müller^Jörg", "CT MUELLER chest", ["ISO_IR 100"]),
        ("Müller^Jörg", "CT müller chest", ["ISO_IR 192"]),
        ("Wang^XiaoDong=王^小东", "CT 王小东 chest", ["GB18030"]),
        ("Διονυσιος^Α", "CT Διονυσιος chest", ["ISO_IR 126"]),
        ("Hong^Gildong=홍^길동", "CT 홍 길동 chest", ["ISO_IR 192"]),
    ],
)
def test_names_of_many_scripts_are_found(name: str, text: str, charset: list[str]) -> None:
    values = values_for(("name", name))
    encodings = tuple(convert_encodings(charset))
    assert values.known.contains(text)
    raw = text.encode(encodings[-1] if len(encodings) > 1 else encodings[0])
    for decision in (CLEAN, KEEP):
        outcome = values.apply(decision, 0x00081030, "LO", raw + b" " * (len(raw) % 2), encodings)
        assert outcome.value is not None
        assert b"CT" in outcome.value and b"chest" in outcome.value
        assert not values.known.contains(outcome.value.decode(encodings[-1], "replace"))


@given(
    before=st.sampled_from(["", "CT ", "t2_tse_", "chest/", "x"]),
    after=st.sampled_from(["", " chest", "_tra", "9", "y"]),
    written=st.sampled_from(["Kowalewski", "KOWALEWSKI", "kowalewski", "Kówałewski".replace("ł", "l")]),
    keep=st.booleans(),
)
def test_a_known_name_survives_nowhere(before: str, after: str, written: str, keep: bool) -> None:
    values = values_for(("name", "Kowalewski^Anna"))
    raw = f"{before}{written}{after}".encode()
    outcome = values.apply(KEEP if keep else CLEAN, 0x0008103E, "LO", raw + b" " * (len(raw) % 2), ("utf-8",))
    assert outcome.value is not None and len(outcome.value) % 2 == 0
    assert not values.known.contains(outcome.value.decode("utf-8"))


@pytest.mark.parametrize("text", ["12-34 56/78", "0012345678", "id12345678x", "12345678"])
def test_a_number_with_and_without_separators(text: str) -> None:
    assert KnownIdentifiers([Identifier(kind="id", text="12345678")]).contains(text)


def test_unchanged_values_are_the_same_bytes() -> None:
    raw = b"t2_tse_tra chest"
    assert values_for().apply(CLEAN, 0x0008103E, "LO", raw, ("utf-8",)).value == raw


@given(st.dates(), st.dates(), st.integers(-3650, -1))
def test_a_shift_keeps_intervals(one: object, other: object, days: int) -> None:
    from datetime import date, datetime

    assert isinstance(one, date) and isinstance(other, date)
    if min(one, other).year < 1000 or max(one, other).year > 9000:
        return
    moved = [shift_da(f"{d:%Y%m%d}", days) for d in (one, other)]
    assert moved[0] and moved[1]
    first, second = (datetime.strptime(m, "%Y%m%d").date() for m in moved if m)
    assert second - first == other - one


@pytest.mark.parametrize("raw", [b"20230230", b"SMITH   ", b"2023    ", b"99999999"])
def test_what_is_no_date_is_emptied(raw: bytes) -> None:
    assert values_for().apply(CLEAN, 0x00080020, "DA", raw, ("ascii",)).value == b""


def test_uids_are_mapped_one_to_one_and_invalid_ones_too() -> None:
    keys = Keys(b"k" * 32, "trial")
    originals = [f"1.2.3.{n}" for n in range(500)] + ["SMITH.1", "1.2.3.04"]
    mapped = [keys.uid(uid) for uid in originals]
    assert len(set(mapped)) == len(originals) and mapped == [keys.uid(uid) for uid in originals]
    keep = values_for().apply(KEEP, 0x00080018, "UI", b"SMITH.1\0", ("ascii",))
    assert keep.value is not None and keep.value.startswith(b"2.25.")


def test_ages_are_capped_and_numbers_have_a_grammar() -> None:
    values = values_for()
    assert values.apply(KEEP, 0x00101010, "AS", b"097Y", ("ascii",)).value == b"089Y"
    assert values.apply(KEEP, 0x00180050, "DS", b"1.5 ", ("ascii",)).value == b"1.5 "
    assert values.apply(KEEP, 0x00180050, "DS", b"SMIT", ("ascii",)).value == b""


def test_keys_say_nothing_of_their_secret() -> None:
    keys = Keys(b"very secret secret", "trial")
    assert "secret" not in repr(keys) and len(keys.id) == 16
    assert -3650 <= keys.shift_days("s", (365, 3650)) <= -365


def test_residue_of_a_name_in_any_encoding() -> None:
    known = KnownIdentifiers([Identifier(kind="name", text="Müller^Brunhilde")])
    for encoding in ("latin-1", "utf-8", "utf-16-le"):
        assert known.residue(b"\0\1" * 9 + "MüllER".lower().encode(encoding))
    assert not known.residue(b"chest abdomen" * 100)


@pytest.mark.parametrize(
    "text",
    ["12 March 1956", "12. Maerz 1956", "12. März 1956", "12-Mar-1956", "March 12, 1956", "12 mars 1956", "12.03.1956"],
)
def test_a_date_of_birth_in_a_text_goes_and_is_not_moved(text: str) -> None:
    """Moved by the shift of all other dates it would tell the age to the day."""
    known = KnownIdentifiers([Identifier(kind="date", text="19560312")])
    for shift in (-100, 0, None):
        cleaner = TextCleaner(known=known, shift=shift, words=frozenset())
        assert cleaner.redact(f"chest {text} late").text.split() == ["chest", "late"]


@pytest.mark.parametrize("text", ["1956-072", "1956072", "1956-W11-1", "12. Mar. '56", "12. März ’56"])
def test_a_date_of_birth_counted_or_shortened_goes_too(text: str) -> None:
    """12 March 1956 is the 72nd day of its year, and the Monday of its eleventh week."""
    known = KnownIdentifiers([Identifier(kind="date", text="19560312")])
    cleaner = TextCleaner(known=known, shift=-100, words=frozenset())
    assert cleaner.redact(f"chest {text} late").text.split() == ["chest", "late"]


@pytest.mark.parametrize("text", ["Annas", "Anna's", "ANNA2", "Li3"])
def test_a_short_name_goes_before_a_digit_and_with_an_s(text: str) -> None:
    known = KnownIdentifiers([Identifier(kind="name", text="Li^Anna")])
    assert known.contains(f"chest {text} late")
    assert not known.contains("annalen, lipid, T1, 3D")


def test_a_single_digit_is_nobodys_number() -> None:
    """Study IDs are often 1; an imaged nucleus is 1H."""
    known = KnownIdentifiers([Identifier(kind="id", text="1"), Identifier(kind="id", text="27")])
    assert not known.contains("1H")
    assert known.contains("no 27")


def test_july_in_french_is_moved_as_july() -> None:
    cleaner = TextCleaner(known=KnownIdentifiers([]), shift=1, words=frozenset())
    assert cleaner.redact("4 juillet 2020").text == "05.07.2020"


def test_a_number_that_is_an_identifier_goes() -> None:
    """A Patient ID of digits, in a decimal or integer string."""
    values = values_for(("id", "20481234"))
    for vr in ("DS", "IS"):
        kept = values.apply(KEEP, 0x00200012, vr, b"20481234", ("latin_1",))
        other = values.apply(KEEP, 0x00200012, vr, b"20481235", ("latin_1",))
        assert (kept.value, other.value) == (b"", b"20481235")


@pytest.mark.parametrize("written", [b"20481234.0", b"20481234.", b"+20481234", b"-20481234.00", b"1\\20481234.0"])
def test_a_whole_number_with_a_point_or_a_sign_is_an_identifier_too(written: bytes) -> None:
    values = values_for(("id", "20481234"))
    assert values.apply(KEEP, 0x00180050, "DS", written, ("latin_1",)).value == b""


@pytest.mark.parametrize(
    ("vr", "form", "number"),
    [("UL", "<I", 20481234), ("SL", "<i", -20481234), ("UV", "<Q", 20481234), ("FD", "<d", 20481234.0)],
)
def test_a_binary_number_is_an_identifier_too(vr: str, form: str, number: float) -> None:
    values = values_for(("id", "20481234"))
    mine, other = struct.pack(form, number), struct.pack(form, number + 1)
    assert values.apply(KEEP, 0x00289001, vr, mine + other, ("latin_1",)).value == b""
    assert values.apply(KEEP, 0x00289001, vr, other, ("latin_1",)).value == other


@pytest.mark.parametrize("written", [b"2.0481234E7", b"2048123400E-2", b" 20481234e0 "])
def test_a_number_with_an_exponent_is_an_identifier_too(written: bytes) -> None:
    values = values_for(("id", "20481234"))
    assert values.apply(KEEP, 0x00180050, "DS", written, ("latin_1",)).value == b""


def test_a_measured_number_stays_whatever_its_digits_are() -> None:
    """A coordinate whose digits without the point are somebody's id, as among thousands one is."""
    values = values_for(("id", "20481234"), ("id", "12345"))
    for text in (b"2048.1234", b"-20.481234\\12.345\\0 ", b"12345 "):
        assert values.apply(KEEP, 0x30060050, "DS", text, ("latin_1",)).value == text


_HIDDEN = [
    *[
        ("name", "Kowalewski^Anna", f"Kowa{unseen}lewski")
        for unseen in "\u00ad\u200b\u200d\u2060\ufeff\u200f\ufe0f\u034f\x01"
    ],
    *[("name", "Kowalewski^Anna", f"Kowa{between}lewski") for between in ("-", "\t", "\u00a0", "_", "\r\n")],
    ("name", "Søren^Bo", "CT Soren"),
    ("name", "Kościółek^Ewa", "Kosciolek"),
    ("name", "Yılmaz^Ali", "YILMAZ"),
    ("id", "12345678", "12,345,678"),
    ("id", "12345678", "12'345'678"),
    ("id", "12345678", "1234\u20135678"),
    ("id", "12345678", "1234 / 5678"),
    ("id", "12345678", "1234\u00ad5678"),
    ("id", "PAT-12345", "PAT\u201412345"),
    ("date", "19580412", "1958/4/12"),
    ("date", "19580412", "12\u201304\u20131958"),
    ("date", "19580412", "12,04,1958"),
    ("date", "19580412", "4/12/1958"),
    ("date", "19580412", "April 12th, 1958"),
    ("date", "19580412", "12th of April 1958"),
    ("date", "19580412", "12 de abril de 1958"),
    ("date", "19580412", "1958年4月12日"),
]


@pytest.mark.parametrize(("kind", "identifier", "written"), _HIDDEN, ids=lambda value: ascii(value))
def test_what_hides_an_identifier_hides_it_from_neither_reader(kind: str, identifier: str, written: str) -> None:
    """Characters nobody sees, other separators, other ways of writing a day: gone, and seen by the verifier."""
    values = values_for((kind, identifier))
    raw = written.encode() + b" " * (len(written.encode()) % 2)
    for decision in (CLEAN, KEEP):
        outcome = values.apply(decision, 0x0040A160, "UT", raw, ("utf-8",))
        assert not values.known.contains((outcome.value or b"").decode())
        assert not any(part in (outcome.value or b"") for part in (b"Kowa", b"5678", b"1958", b"12345"))
    assert values.known.contains(written)
    assert needles(frozenset({(kind, identifier)}), frozenset()).in_text(written)


@pytest.mark.parametrize("written", ["12APR58", "12.IV.1958", "12 апреля 1958", "12 kwietnia 1958"])
def test_a_date_of_birth_around_a_word_goes(written: str) -> None:
    assert values_for(("date", "19580412")).known.contains(written)
    assert not values_for(("date", "19580412")).known.contains("12 slices, 1959")


@pytest.mark.parametrize("written", ["LiWei", "WEI LI", "Wei_Li"])
def test_short_names_joined_are_found(written: str) -> None:
    assert values_for(("name", "Li^Wei")).known.contains(written)


def test_a_name_in_utf8_read_as_latin_1_is_found() -> None:
    assert values_for(("name", "Müller^Eva")).known.contains("MÃ¼ller")


def test_an_escape_that_announces_nothing_makes_a_value_unreadable() -> None:
    outcome = values_for(("name", "Kowalewski^Anna")).apply(KEEP, 0x0008103E, "LO", b"Kowa\x1b(Blewski ", ("utf-8",))
    assert outcome.value == b""
