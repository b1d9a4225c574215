"""Known identifiers in texts, bytes and pixels, and the scanner underneath."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guideit.quality.needles import ENCODINGS, everyone, needles, plain, single_names
from guideit.quality.scan import Scanner
from guideit.quality.written_dates import days_in

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("kind", "known", "text"),
    [
        ("name", "Müllerstein^Anna", "seen by Mullerstein"),
        ("name", "Müllerstein^Anna", "MUELLERSTEIN"),
        ("name", "Müllerstein^Anna", "xmüllersteiny"),
        ("name", "Müllerstein^Anna", "anna is well"),
        ("name", "Li^Bo", "mr li"),
        ("name", "Иванов^Пётр", "пациент ИВАНОВ"),
        ("name", "Yamada^Tarou=山田^太郎=やまだ^たろう", "胸部山田さん"),
        ("name", "Yamada^Tarou=山田^太郎=やまだ^たろう", "たろう"),
        ("name", "Παπαδόπουλος^Νίκος", "παπαδοπουλος"),
        ("id", "PAT-778812", "pat 778812"),
        ("id", "PAT-778812", "no. 778812"),
        ("id", "0012345", "case 12345"),
        ("id", "12345678", "12-34-56-78"),
        ("phone", "+49 (30) 123-4567", "49301234567"),
        ("mail", "a.b@example.org", "write to A.B@example.org"),
        ("date", "19560214", "born 14.02.1956"),
        ("date", "19560214", "dob 1956-02-14"),
        ("date", "19560214", "2/14/1956"),
        ("date", "19560214", "14. Februar 1956"),
        ("date", "19560214", "Feb 14, 1956"),
        ("uid", "1.2.826.0.1.99", "from 1.2.826.0.1.99"),
    ],
)
def test_an_identifier_is_found_as_people_write_it(kind: str, known: str, text: str) -> None:
    assert needles(frozenset({(kind, known)}), NONE).in_text(text)


@pytest.mark.parametrize(
    ("kind", "known", "text"),
    [
        ("name", "Li^Bo", "lipid body"),
        ("id", "12345", "123456"),
        ("id", "7", "17 slices"),
        ("id", "PAT-000100", "ISO_IR 100"),
        ("date", "19560214", "1956"),
        ("name", "Stern^Eva", "evaluation"),
    ],
)
def test_what_only_looks_alike_is_not(kind: str, known: str, text: str) -> None:
    assert not needles(frozenset({(kind, known)}), NONE).in_text(text)


def test_kinds_that_an_option_retains_are_not_looked_for() -> None:
    known = frozenset({("institution", "Charité Berlin")})
    assert needles(known, NONE).in_text("Charité Berlin")
    assert not needles(known, frozenset({"institution"})).in_text("Charité Berlin")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["Friederike", "Иванова", "山田太郎", "김민수", "Παπαδόπουλος", "Żółkiewski"])
def test_a_name_is_found_in_bytes_of_every_encoding_that_can_write_it(name: str, encoding: str) -> None:
    try:
        body = b"\x01\x02" + f"胸 {name} x".encode(encoding, "ignore") + b"\x03"
        name.encode(encoding)
    except UnicodeEncodeError:
        return
    assert needles(frozenset({("name", name)}), NONE).in_bytes(body)


def test_long_numbers_are_found_in_bytes_but_not_inside_uids() -> None:
    known = needles(frozenset({("id", "44556677")}), NONE)
    assert known.in_bytes(b"\x00no 44556677\x00")
    assert not known.in_bytes(b"2.25.44556677.1")
    assert not known.in_bytes(b"1445566778")


def test_short_names_are_not_looked_for_in_pixels() -> None:
    known = needles(frozenset({("name", "Stein^Friederike")}), NONE)
    assert not known.in_pixels(b"\x00Stein\x00")
    assert known.in_pixels(b"\x00FRIEDERIKE\x00")


def test_no_needle_turns_up_in_random_pixels_by_chance() -> None:
    people = frozenset({("name", f"Person{n}^Given{n}") for n in range(200)} | {("name", "Stein^Anna")})
    assert not needles(people, NONE).in_pixels(os.urandom(3_000_000))


def test_of_others_a_full_name_counts_but_not_a_family_name() -> None:
    others = everyone(frozenset({("name", "Stern^Eva"), ("id", "PAT-99")}))
    assert others.in_text("Eva Stern")
    assert others.in_bytes("stern, eva".encode("utf-16-le"))
    assert others.in_text("see pat_99")
    assert not others.in_text("stern")


def test_a_single_name_that_is_a_word_of_the_standard_is_no_name() -> None:
    names = single_names(frozenset({("name", "Image^Kowalczyk")}))
    assert names == {"kowalczyk"}


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"]), min_size=5, max_size=20), st.text(), st.text())
def test_a_long_name_is_found_between_anything(name: str, before: str, after: str) -> None:
    known = needles(frozenset({("name", name)}), NONE)
    if len(plain(name)) >= 5:
        assert known.in_text(f"{before} {name} {after}")


@given(st.lists(st.binary(min_size=4, max_size=12), min_size=1, max_size=40), st.binary(max_size=200), st.data())
def test_the_scanner_finds_exactly_what_a_plain_search_finds(
    wanted: list[bytes], body: bytes, data: st.DataObject
) -> None:
    planted = data.draw(st.sampled_from([b"", *wanted]))
    body += planted + body
    assert Scanner(wanted).found(body) == any(needle.lower() in body.lower() for needle in wanted)


def test_the_scanner_finds_what_lies_across_its_chunks() -> None:
    wanted = [f"identifier-{n:03d}".encode() for n in range(50)]
    for at in (1 << 20) - 13, (1 << 20) - 1, 1 << 20:
        body = bytes(at) + wanted[7] + bytes(100)
        assert Scanner(wanted).found(body)


def test_a_scanner_refuses_needles_too_short_to_mean_anything() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        Scanner([b"abc"])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20200305", "20200305"), ("20200305101112", "20200305"), ("2020-3-5", "20200305"), ("5.3.2020", "20200305"),
        ("03/05/2020", "20200305"), ("05032020", "20200305"), ("5 mar 2020", "20200305"), ("5. marz 2020", "20200305"),
        ("march 5th, 2020", "20200305"), ("5-mar-2020", "20200305"),
    ],
)  # fmt: skip
def test_days_are_read_in_the_forms_people_write(text: str, day: str) -> None:
    assert day in days_in(text)


@pytest.mark.parametrize("text", ["", "20201399", "2.25.2020030512345678901", "99999999", "2020"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert days_in(text) == set()


@pytest.mark.parametrize("short", ["02", "1234", "A1"])
def test_a_short_id_of_somebody_else_is_no_proof(short: str) -> None:
    """`02` is a day of any month: it counts in the files of its own participant only."""
    text = f"released 2026-01-{short}"
    theirs = frozenset({("id", short)})
    assert not everyone(theirs, NONE).in_text(text)
    assert needles(theirs, NONE).in_text(text)


@pytest.mark.parametrize("long", ["12345", "AB12"])
def test_a_longer_id_of_somebody_else_counts_everywhere(long: str) -> None:
    assert everyone(frozenset({("id", long)}), NONE).in_text(f"seen with {long}")
