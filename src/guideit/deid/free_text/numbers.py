"""Numbers of insurance, tax, accounts and registers: found by form, told by their check digit.

Spaces, points, hyphens and slashes may stand where people write them. Where the check digit does not hold it is no
such number; a run of five and more digits is the business of `guideit.deid.patterns` whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guideit.deid.free_text.check_digits import CHECKS

_S = r"[ .\-/\u00a0]?"
_FROM, _TO = r"(?<![\w.,])", r"(?![\w]|[.,]\d)"


def _grouped(*groups: int) -> str:
    """Digits in groups as they are usually written, or without."""
    return _S.join(rf"\d{{{size}}}" for size in groups)


_FORMS: tuple[tuple[str, str], ...] = (
    ("iban", rf"[A-Z]{{2}}\d\d(?:{_S}[A-Z0-9]{{4}}){{2,7}}(?:{_S}[A-Z0-9]{{1,3}})?"),
    ("kvnr", rf"[A-Z]{_S}{_grouped(3, 3, 3)}"),
    ("pension", rf"{_grouped(2, 2, 2, 2)}{_S}[A-Z]{_S}{_grouped(2, 1)}"),
    ("nir", rf"[12]{_S}{_grouped(2, 2)}{_S}\d[\dAB]{_S}{_grouped(3, 3, 2)}"),
    ("ahv", rf"756{_S}{_grouped(4, 4, 2)}"),
    ("nhs", _grouped(3, 3, 4)),
    ("svnr", _grouped(4, 2, 2, 2)),
    ("svnr", _grouped(4, 6)),
    ("tax", _grouped(2, 3, 3, 3)),
    ("ssn", r"\d{3}[-. ]\d\d[-. ]\d{4}"),
    ("npi", _grouped(10)),
    ("pesel", _grouped(11)),
    ("lanr", _grouped(9)),
    ("bsn", _grouped(4, 2, 3)),
    ("bsn", _grouped(3, 3, 3)),
    ("dni", rf"(?:\d{_S}\d{{3}}|[XYZ]{_S}\d{{3}}|\d{{2}}{_S}\d{{3}}){_S}\d{{3,4}}{_S}[A-Z]"),
    ("luhn", _grouped(4, 4, 4, 4)),
)
_COMPILED = tuple((name, re.compile(f"{_FROM}(?:{form}){_TO}")) for name, form in _FORMS)
_JOINED = re.compile(r"[^A-Z0-9]")
_LENGTHS = {"iban": (15, 34), "dni": (9, 9)}
_ENOUGH = re.compile(r"\d(?:[ .\-/\u00a0]?[\dA-Z]){7}")
"""What every one of them has."""


def search(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a number with a check digit that holds stands: `(start, end, rule)`."""
    if _ENOUGH.search(text) is None:
        return
    for name, form in _COMPILED:
        for found in form.finditer(text):
            if _holds(name, _JOINED.sub("", found[0])):
                yield found.start(), found.end(), name


def _holds(name: str, number: str) -> bool:
    low, high = _LENGTHS.get(name, (0, len(number)))
    return low <= len(number) <= high and CHECKS[name](number)
