"""What identifies a person by its form: phones, mail, links, numbers of records, addresses, names after a title.

Dates are the business of `guideit.deid.dates`. German, English and French.
"""

from __future__ import annotations

import re

_TITLES = (
    r"dr|prof|professor|doctor|doktor|docteur|herrn?|frau|mr|mrs|ms|miss|mme|mlle|monsieur|madame|geb|born|dob|né|née"
)
_CUES = (
    r"patient(?:in|e)?|pat|name|nom|vorname|nachname|prenom|prénom|radiologe|radiologist|arzt|physician|operator|tech"
)
_STREETS = (
    r"str(?:a(?:ss|ß)e|\.)?|weg|platz|allee|gasse|ring|ufer|damm|street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|boulevard|"
    r"blvd\.?|rue|chemin|place|quai"
)
_WORD = r"[^\W\d_]+"
_BEGINS = r"(?<![^\W\d_])"
"""Before a word's first letter only: tried at each letter, a long run of letters costs its length squared."""
_CAPITAL = r"(?-i:[A-ZÄÖÜÉÈ])[^\W\d_]+"
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(r"\b(?:https?|ftp|file)://\S+|\bwww\.\S+|\\\\\w+\\\S+", re.I)),
    ("ip", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    ("uid", re.compile(r"(?<![\d.])[0-2](?:\.\d+){5,}(?![\d])")),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")),
    ("phone", re.compile(r"(?<![\w.])(?:\+|00)\d[\d\s()/.-]{6,}\d|(?<![\w.])0\d{2,5}[\s/-]\d[\d\s-]{3,}\d")),
    ("phone", re.compile(r"(?<![\w.])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)|(?<!\d)(?:\d\d[\s.]){4}\d\d(?!\d)")),
    ("insurance", re.compile(r"\b[A-Z]\d{9}\b|\b[12]\s?\d\d\s?\d\d\s?\d\d\s?\d{3}\s?\d{3}\b|\b\d{3}-\d{2}-\d{4}\b")),
    ("address", re.compile(rf"{_BEGINS}{_WORD}[\s-]?(?:{_STREETS})\s*\d+\s?[a-z]?\b", re.I)),
    ("address", re.compile(rf"\b\d+[a-z]?,?\s(?:{_WORD}\s)?(?:{_STREETS})(?:\s{_WORD}){{0,3}}", re.I)),
    ("place", re.compile(r"\b(?:D-|A-|CH-|F-)?\d{5}\s+[A-ZÄÖÜ][^\W\d_]+")),
    ("name", re.compile(rf"\b(?:(?:{_TITLES})\b[.:]*\s*)+{_WORD}(?:[\s,-]+{_CAPITAL}){{0,2}}", re.I)),
    ("name", re.compile(rf"\b(?:{_CUES})\s?[.:=]\s*{_WORD}(?:[\s,^-]+{_CAPITAL}){{0,2}}", re.I)),
    ("pn", re.compile(rf"{_BEGINS}[^\W\d_]{{2,}}\^[^\W\d_]+(?:\^[^\W\d_]*)*")),
    ("number", re.compile(r"(?<!\d)\d{5,}(?!\d)")),
)  # fmt: skip
"""Rule name and form, the more telling first."""


def search(text: str) -> list[tuple[int, int, str]]:
    """Where a pattern stands in `text`: `(start, end, rule)`, in order."""
    found = [(m.start(), m.end(), rule) for rule, pattern in PATTERNS for m in pattern.finditer(text)]
    return sorted(found)
