"""Made-up numbers whose check digits hold, written as people write them.

Each is made by trying last digits until the rule of the number holds, the rule written out here again: a mistake in
the checker is no mistake here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random


def _digits(random: Random, count: int) -> str:
    return "".join(str(random.randrange(10)) for _ in range(count))


def _cross(products: list[int]) -> int:
    return sum(sum(map(int, str(product))) for product in products)


def kvnr(random: Random) -> str:
    """Germany, health insurance."""
    letter, body = random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), _digits(random, 8)
    digits = [int(c) for c in f"{ord(letter) - 64:02d}{body}"]
    return f"{letter}{body}{_cross([d * (1, 2)[i % 2] for i, d in enumerate(digits)]) % 10}"


def pension(random: Random) -> str:
    """Germany, pension insurance."""
    area, letter = str(random.randrange(10, 90)), "K"
    day = f"{random.randrange(1, 29):02d}0{random.randrange(1, 10)}{_digits(random, 2)}"
    serial = _digits(random, 2)
    digits = [int(c) for c in f"{area}{day}{ord(letter) - 64:02d}{serial}"]
    weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
    check = _cross([d * w for d, w in zip(digits, weights, strict=True)]) % 10
    return f"{area} {day} {letter} {serial}{check}"


def iban(random: Random) -> str:
    """A German account."""
    account = _digits(random, 18)
    check = 98 - int(account + "131400") % 97
    whole = f"DE{check:02d}{account}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def nhs(random: Random) -> str:
    """England."""
    while True:
        body = _digits(random, 9)
        check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(body)) % 11
        if check != 10:
            return f"{body[:3]} {body[3:6]} {body[6:]}{0 if check == 11 else check}"


def nir(random: Random) -> str:
    """France."""
    born = f"{_digits(random, 2)}{random.randrange(1, 13):02d}"
    body = f"{random.choice('12')}{born}{random.randrange(10, 95)}{_digits(random, 6)}"
    key = 97 - int(body) % 97
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:13]} {key:02d}"


def ahv(random: Random) -> str:
    """Switzerland."""
    body = f"756{_digits(random, 9)}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    return f"{body[:3]}.{body[3:7]}.{body[7:11]}.{body[11:]}{-total % 10}"


def svnr(random: Random) -> str:
    """Austria."""
    while True:
        serial = str(random.randrange(100, 1000))
        born = f"{random.randrange(1, 29):02d}{random.randrange(1, 13):02d}{_digits(random, 2)}"
        total = sum(int(d) * w for d, w in zip(serial + born, (3, 7, 9, 5, 8, 4, 2, 1, 6), strict=True))
        if total % 11 != 10:
            return f"{serial}{total % 11} {born}"


def tax(random: Random) -> str:
    """Germany, tax: nine digits are different, one of them stands twice in the first ten."""
    pool = random.sample("123456789", 9)
    pool.insert(random.randrange(1, 10), pool[0])
    product = 10
    for digit in pool:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    whole = "".join(pool) + str((11 - product) % 10)
    return f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"


def bsn(random: Random) -> str:
    """Netherlands."""
    while True:
        body = f"{random.randrange(1, 10)}{_digits(random, 7)}"
        check = sum(int(d) * (9 - i) for i, d in enumerate(body)) % 11
        if check != 10:
            return f"{body[:4]}.{body[4:6]}.{body[6:]}{check}"


def ssn(random: Random) -> str:
    """United States."""
    return f"{random.randrange(1, 600):03d}-{random.randrange(1, 100):02d}-{random.randrange(1, 10000):04d}"


def npi(random: Random) -> str:
    """United States, physicians."""
    body = f"1{_digits(random, 8)}"
    total = 24 + sum(sum(map(int, str(int(d) * (2 if i % 2 == 0 else 1)))) for i, d in enumerate(body))
    return f"{body}{-total % 10}"


def lanr(random: Random) -> str:
    """Germany, physicians."""
    body = _digits(random, 6)
    total = sum(int(d) * (4, 9)[i % 2] for i, d in enumerate(body))
    return f"{body}{-total % 10}{_digits(random, 2)}"


NUMBERS: Mapping[str, Callable[[Random], str]] = {
    "kvnr": kvnr, "pension": pension, "iban": iban, "nhs": nhs, "nir": nir, "ahv": ahv, "svnr": svnr, "tax": tax,
    "bsn": bsn, "ssn": ssn, "npi": npi, "lanr": lanr,
}  # fmt: skip
"""By name."""
