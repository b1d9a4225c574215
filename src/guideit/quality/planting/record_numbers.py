"""Numbers that health systems give people, made up, with the check digits their issuers use.

Each takes a `Random` and returns the number as people write it. None is anybody's on purpose; a made-up number may by
chance be issued, as any telephone number may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random


def _digits(random: Random, count: int) -> str:
    return "".join(str(random.randrange(10)) for _ in range(count))


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def luhn(digits: str) -> int:
    """Check digit of ISO/IEC 7812-1 Annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return -total % 10


def health_insurant(random: Random) -> str:
    """Germany: Krankenversichertennummer (SGB V § 290): a letter, eight digits, a check digit."""
    letter = random.randrange(26)
    digits = _digits(random, 8)
    total = 0
    for place, digit in enumerate(f"{letter + 1:02d}{digits}"):
        product = int(digit) * (1 if place % 2 == 0 else 2)
        total += product // 10 + product % 10
    return f"{chr(65 + letter)}{digits}{total % 10}"


def austrian(random: Random) -> str:
    """Austria: Sozialversicherungsnummer: serial, check digit in its fourth place, date of birth."""
    while True:
        serial, birth = (
            str(random.randrange(100, 1000)),
            f"{random.randrange(1, 29):02d}{random.randrange(1, 13):02d}43",
        )
        check = _weighted(serial + birth, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
        if check < 10:
            return f"{serial}{check} {birth}"


def swiss(random: Random) -> str:
    """Switzerland: AHV number, an EAN-13 that begins with 756."""
    digits = "756" + _digits(random, 9)
    check = -sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10
    return f"{digits[:3]}.{digits[3:7]}.{digits[7:11]}.{digits[11]}{check}"


def french(random: Random) -> str:
    """France: NIR, 13 digits and a key of two (97 less the remainder)."""
    digits = (
        f"2{random.randrange(20, 60):02d}{random.randrange(1, 13):02d}{random.randrange(10, 20)}{_digits(random, 6)}"
    )
    key = 97 - int(digits) % 97
    return f"{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]} {digits[7:10]} {digits[10:13]} {key:02d}"


def british(random: Random) -> str:
    """Great Britain: NHS number, modulus 11."""
    while True:
        digits = str(random.randrange(4, 8)) + _digits(random, 8)
        check = -_weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}{check}"


def american(random: Random) -> str:
    """United States: Medicare Beneficiary Identifier (no check digit; letters without S, L, O, I, B, Z)."""
    letters = "ACDEFGHJKMNPQRTUVWXY"

    def letter() -> str:
        return random.choice(letters)

    def digit() -> str:
        return str(random.randrange(10))

    first = f"{random.randrange(1, 10)}{letter()}{digit()}{digit()}"
    return f"{first}-{letter()}{digit()}{digit()}-{letter()}{letter()}{digit()}{digit()}"


def dutch(random: Random) -> str:
    """Netherlands: burgerservicenummer, the proof of eleven."""
    while True:
        digits = str(random.randrange(1, 10)) + _digits(random, 7)
        check = _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check < 10:
            return digits + str(check)


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_CONSONANTS = "BCDFGLMNPRSTVZ"


def italian(random: Random) -> str:
    """Italy: codice fiscale, sixteen characters, the last a check letter."""
    name = "".join(random.choice(_CONSONANTS) for _ in range(6))
    body = f"{name}{random.randrange(20, 60)}{random.choice('ABCDEHLMPRST')}{random.randrange(41, 69)}"
    body += f"{random.choice('ADFGHL')}{_digits(random, 3)}"
    total = 0
    for place, character in enumerate(body):
        number = int(character) if character.isdigit() else ord(character) - 65
        total += number if place % 2 else _ODD[number]
    return body + chr(65 + total % 26)


def spanish(random: Random) -> str:
    """Spain: DNI, eight digits and a letter (modulus 23)."""
    number = random.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def japanese(random: Random) -> str:
    """Japan: Individual Number, twelve digits, modulus 11."""
    digits = _digits(random, 11)
    total = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(digits), start=1))
    check = 11 - total % 11
    return f"{digits}{check if check < 10 else 0}"


def russian(random: Random) -> str:
    """Russia: SNILS, nine digits and a sum of two (modulus 101)."""
    digits = str(random.randrange(2, 10)) + _digits(random, 8)
    check = _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, 1)) % 101 % 100
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {check:02d}"


def latvian(random: Random) -> str:
    """Latvia: personas kods of before 2017: date of birth, a digit of the century, a serial and a check digit."""
    while True:
        digits = f"{random.randrange(1, 29):02d}{random.randrange(1, 13):02d}431{_digits(random, 3)}"
        check = (1101 - _weighted(digits, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11
        if check < 10:
            return f"{digits[:6]}-{digits[6:]}{check}"


def hospital(random: Random) -> str:
    """Anywhere: a hospital's record number with a Luhn digit."""
    digits = str(random.randrange(1, 10)) + _digits(random, 8)
    return f"{digits}{luhn(digits)}"


RECORD_NUMBERS: Mapping[str, Callable[[Random], str]] = {
    "DE": health_insurant,
    "AT": austrian,
    "CH": swiss,
    "FR": french,
    "GB": british,
    "US": american,
    "NL": dutch,
    "IT": italian,
    "ES": spanish,
    "JP": japanese,
    "RU": russian,
    "LV": latvian,
}
"""By ISO 3166-1 alpha-2 code; countries without an entry get a hospital's number."""
