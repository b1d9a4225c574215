"""Made-up people: numbers whose check digits hold, surnames that are unlike each other and no word of imaging."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from pydicom.charset import convert_encodings

from guideit.deid.vocabulary import fold, vocabulary
from guideit.quality.planting.forms import WORDS, long_form, short_form
from guideit.quality.planting.people import COUNTRIES, DEFAULT_COUNTRIES, countries_of, mark, persona
from guideit.quality.planting.record_numbers import RECORD_NUMBERS, hospital, luhn


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def _insurant(text: str) -> bool:
    """Written apart from the maker: Quersummen of the products, letter as two digits."""
    digits = _digits(f"{ord(text[0]) - 64:02d}{text[1:]}")
    products = [d * w for d, w in zip(digits[:-1], [1, 2] * 5, strict=True)]
    return sum(p // 10 + p % 10 for p in products) % 10 == digits[-1]


def _mod11(text: str) -> bool:
    return sum(d * w for d, w in zip(_digits(text), range(10, 0, -1), strict=True)) % 11 == 0


def _eleven_proof(text: str) -> bool:
    return sum(d * w for d, w in zip(_digits(text), (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def _ean(text: str) -> bool:
    return sum(d * (3 if i % 2 else 1) for i, d in enumerate(_digits(text))) % 10 == 0


def _nir(text: str) -> bool:
    joined = "".join(map(str, _digits(text)))
    return (int(joined[:13]) + int(joined[13:])) % 97 == 0


def _dni(text: str) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(text[:-1]) % 23] == text[-1]


def _snils(text: str) -> bool:
    digits = _digits(text)
    total = sum(d * w for d, w in zip(digits[:9], range(9, 0, -1), strict=True))
    return total % 101 % 100 == digits[9] * 10 + digits[10]


def _austrian(text: str) -> bool:
    digits = _digits(text)
    return sum(d * w for d, w in zip(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6), strict=True)) % 11 == digits[3]


KNOWN: dict[str, tuple[Callable[[str], bool], str]] = {
    "DE": (_insurant, "A123456780"),
    "GB": (_mod11, "943 476 5919"),
    "NL": (_eleven_proof, "111222333"),
    "CH": (_ean, "756.9217.0769.85"),
    "FR": (_nir, "2 55 08 14 168 025 38"),
    "ES": (_dni, "12345678Z"),
    "RU": (_snils, "112-233-445 95"),
    "AT": (_austrian, "1237 010180"),
}
"""How a reader checks a number, and the issuer's or the literature's example, by which this check is checked."""


@pytest.mark.parametrize("country", KNOWN)
def test_check_digits_hold(country: str) -> None:
    holds, example = KNOWN[country]
    assert holds(example)
    assert all(holds(RECORD_NUMBERS[country](Random(seed))) for seed in range(200))


@pytest.mark.parametrize("country", KNOWN)
def test_the_check_would_see_a_wrong_digit(country: str) -> None:
    holds, example = KNOWN[country]
    at = next(i for i, c in enumerate(example) if c.isdigit())
    wrong = example[:at] + str((int(example[at]) + 1) % 10) + example[at + 1 :]
    assert not holds(wrong)


def test_hospitals_numbers_pass_luhn() -> None:
    """The example of ISO/IEC 7812-1 as it is usually given."""
    assert luhn("7992739871") == 3
    number = hospital(Random(1))
    assert luhn(number[:-1]) == int(number[-1])


def test_the_italian_letter_is_that_of_the_ministry_example() -> None:
    """MRTMTT25D09F205Z, of the Agenzia delle Entrate's description."""
    from guideit.quality.planting import record_numbers

    made = record_numbers.italian(Random(3))
    total = {True: record_numbers._ODD, False: tuple(range(26))}
    for number in ("MRTMTT25D09F205Z", made):
        values = [int(c) if c.isdigit() else ord(c) - 65 for c in number[:-1]]
        check = sum(total[i % 2 == 0][v] for i, v in enumerate(values)) % 26
        assert chr(65 + check) == number[-1]


def test_surnames_of_nobody_are_unlike_each_other() -> None:
    marks = [mark(number) for number in range(20_000)]
    assert len(set(marks)) == len(marks)
    assert {len(each) for each in marks} == {15}
    assert not {fold(each) for each in marks} & vocabulary()


@pytest.mark.parametrize("country", COUNTRIES)
def test_people_can_be_written_in_their_country(country: str) -> None:
    """Names, addresses and what people type about them fit the character set of scanners there."""
    who = persona(country, 1)
    assert who == persona(country, 1) != persona(country, 2)
    codecs = convert_encodings(list(who.ways.charset))
    texts = [who.name.split("=")[-1], who.street, who.city, long_form(who)[0]]
    texts += [short_form(who, turn)[0] for turn in range(9)]
    for character in {c for text in texts for c in text}:
        assert any(_writes(codec, character) for codec in codecs), character
    assert all(len(f"{' '.join(WORDS[:-1])}: {short_form(who, turn)[0]}, {WORDS[-1]}") <= 80 for turn in range(9))


def _writes(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def test_a_trial_without_countries_gets_the_default() -> None:
    assert countries_of(["", "XX"]) == DEFAULT_COUNTRIES
    assert countries_of(["JP", "XX", "JP", "DE"]) == ("JP", "DE")
