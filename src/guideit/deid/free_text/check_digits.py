"""Check digits of the numbers that name people. Each takes the number's letters and digits, joined, in upper case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Check = Callable[[str], bool]


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right doubled, digits summed, a multiple of ten."""
    doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(reversed(digits))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def kvnr(number: str) -> bool:
    """Germany, health insurance (KVNR, SGB V 290): a letter, eight digits, a check digit."""
    digits = f"{ord(number[0]) - 64:02d}{number[1:-1]}"
    weighed = [int(d) * (1 + at % 2) for at, d in enumerate(digits)]
    return sum(n // 10 + n % 10 for n in weighed) % 10 == int(number[-1])


def lanr(digits: str) -> bool:
    """Germany, physicians (LANR): the seventh digit fills the first six, weighed 4 and 9, to a multiple of ten."""
    return (10 - _weighed(digits[:6], (4, 9, 4, 9, 4, 9)) % 10) % 10 == int(digits[6])


def pension(number: str) -> bool:
    """Germany, pension insurance: area, birthday, a letter, a serial number, a check digit."""
    digits = f"{number[:8]}{ord(number[8]) - 64:02d}{number[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    weighed = [int(d) * w for d, w in zip(digits, weights, strict=True)]
    return sum(n // 10 + n % 10 for n in weighed) % 10 == int(number[11])


def tax_id(digits: str) -> bool:
    """Germany, tax (IdNr): ISO 7064 MOD 11,10; of the first ten digits one or two stand more than once."""
    if digits[0] == "0" or not 7 < len(set(digits[:10])) < 10:
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def iban(number: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as numbers, 1 modulo 97."""
    moved = number[4:] + number[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def nhs(digits: str) -> bool:
    """England: nine digits weighed 10 to 2, modulo 11."""
    check = 11 - _weighed(digits[:9], range(10, 1, -1)) % 11
    return check != 10 and check % 11 == int(digits[9])


def nir(number: str) -> bool:
    """France, social security: 97 less the number modulo 97; Corsica's letters count as 19 and 18."""
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(number[13:])


def ahv(digits: str) -> bool:
    """Switzerland: an EAN-13 that begins with 756."""
    return _weighed(digits, (1, 3) * 6 + (1,)) % 10 == 0


def svnr(digits: str) -> bool:
    """Austria: the fourth digit is the weighed sum of the others modulo 11; the last six are a birthday."""
    total = _weighed(digits[:3] + digits[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6))
    return _is_birthday(digits[4:6], digits[6:8]) and total % 11 == int(digits[3])


def bsn(digits: str) -> bool:
    """Netherlands: nine digits weighed 9 to 2 and -1, a multiple of eleven."""
    return digits.strip("0") != "" and _weighed(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def pesel(digits: str) -> bool:
    """Poland: weights 1, 3, 7, 9 over eleven digits, a multiple of ten; a birthday in front."""
    return _is_birthday(digits[4:6], f"{int(digits[2:4]) % 20:02d}") and (
        _weighed(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0
    )


def dni(number: str) -> bool:
    """Spain: eight digits modulo 23 give the letter; of foreigners X, Y, Z stand for 0, 1, 2."""
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return number[-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23]


def ssn(digits: str) -> bool:
    """United States: no check digit; area, group and serial that are given out."""
    return digits[:3] not in {"000", "666"} and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def npi(digits: str) -> bool:
    """United States, physicians: Luhn behind the prefix 80840."""
    return digits[0] in "12" and luhn(f"80840{digits}")


def _weighed(digits: str, weights: Sequence[int]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def _is_birthday(day: str, month: str) -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12


CHECKS: Mapping[str, Check] = {
    "luhn": luhn, "kvnr": kvnr, "lanr": lanr, "pension": pension, "tax": tax_id, "iban": iban, "nhs": nhs, "nir": nir,
    "ahv": ahv, "svnr": svnr, "bsn": bsn, "pesel": pesel, "dni": dni, "ssn": ssn, "npi": npi,
}  # fmt: skip
"""By the name that a number has in rules: `text.kvnr`."""
