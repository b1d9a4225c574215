"""What identifies a person by its form alone: phones, mail, links, long numbers.

Dates are the business of `guideit.deid.dates`; numbers with check digits, addresses and names behind a cue that of
`guideit.deid.free_text`.
"""

from __future__ import annotations

import re

_DOMAINS = r"(?:com|org|net|info|de|at|ch|fr|be|nl|eu|uk|us|ie|es|it|pl|edu|gov|local|lan)"
_PHONES = (
    r"tel|telefon|telephone|téléphone|phone|ph|fax|mobil|mobile|handy|portable|gsm|durchwahl|rufnummer|tél|"
    r"pager|piepser|funk|ext"
)
_RECORDS = (
    r"mrn|fall|pat|patient|patienten|aufnahme|akten|archiv|auftrags?|untersuchungs?|versicherten|versicherungs?|"
    r"kassen|mitglieds|"
    r"case|record|chart|accession|acc|account|acct|hospital|admission|medical record|insurance|policy|member|"
    r"licen[cs]e|passport|reise?pass|"
    r"dossier|ipp|nda|iep|sécu|lanr|bsnr|kvnr|nhs|ssn|hicn|mbi|npi|ahv|svnr|bsn|nir|ik|adeli|rpps"
)
_BEGINS = r"(?<![^\W\d_])"
"""Before a word's first letter only: tried at each letter, a long run of letters costs its length squared."""
_UNITS = (
    r"[kMG]?Bq|[kMG]Hz|Hz|I\.?E\.?|IU|UI|U|ml|mm|cm|[mµu]?g|[mµun]?mol|mGy|mSv|ms|sec|s|Tsd|cells|Zellen|"
    r"Leukozyten|Thrombozyten|"
    r"platelets|leukocytes|plaquettes|leucocytes|copies|Kopien"
)
"""Behind a measured number, which is nobody's; more than six digits are not measured."""
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(r"\b(?:https?|ftp|file)://\S+|\bwww\.\S+|\\\\\w+\\\S+", re.I)),
    ("ip", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    ("uid", re.compile(r"(?<![\d.])[0-2](?:\.\d+){5,}(?![\d])")),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")),
    ("phone", re.compile(r"(?<![\w.])(?:\+|00)\d[\d\s()/.-]{6,}\d|(?<![\w.])0\d{2,5}[\s/-]\d[\d\s-]{3,}\d")),
    ("phone", re.compile(r"(?<![\w.])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)|(?<!\d)(?:\d\d[\s.]){4}\d\d(?!\d)")),
    ("insurance", re.compile(r"\b[A-Z]\d{9}\b|\b[12]\s?\d\d\s?\d\d\s?\d\d\s?\d{3}\s?\d{3}\b|\b\d{3}-\d{2}-\d{4}\b")),
    ("ip", re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w-])(?:[0-9A-Fa-f]{2}-)"
        r"{5}[0-9A-Fa-f]{2}(?![\w-])")),
    ("url", re.compile(rf"(?<![\w.@-])(?:[\w-]{{1,63}}\.){{1,6}}{_DOMAINS}(?![\w-])(?:/\S*)?")),
    ("phone", re.compile(
        rf"(?<![^\W_])(?:{_PHONES})(?:[.:]|nr\.?|\sno\.?){{0,2}}\s{{0,3}}(?=[\d(+])(?P<what>[\d\s()/.+-]{{2,24}}\d)",
        re.I)),
    ("phone", re.compile(r"(?<![\w.])\(0\d{1,5}\)[\s/-]?\d[\d\s/-]{3,16}\d")),
    ("record", re.compile(
        rf"(?<![^\W_])(?:{_RECORDS})[-\s]?(?:id|nr|no|number|nummer|num|numéro|n°|№|#)"
            rf"?[.:#=\s]{{0,3}}(?P<what>(?=[A-Za-z-]{{0,5}}\d)[A-Za-z0-9][A-Za-z0-9/_-]{{2,30}})(?![^\W_])", re.I)),
    ("pn", re.compile(rf"{_BEGINS}[^\W\d_]{{2,}}\^[^\W\d_]+(?:\^[^\W\d_]*)*")),
    ("number", re.compile(rf"(?<!\d)(?!\d{{5,6}}(?:\s?/\s?[^\W\d]|\s?%|\s?(?:{_UNITS})(?![^\W_])))\d{{5,}}(?!\d)")),
)  # fmt: skip
"""Rule name and form, the more telling first."""


def search(text: str) -> list[tuple[int, int, str]]:
    """Where a pattern stands in `text`: `(start, end, rule)`, in order."""
    found = [(*_told(match), rule) for rule, pattern in PATTERNS for match in pattern.finditer(text)]
    return sorted(found)


def _told(found: re.Match[str]) -> tuple[int, int]:
    """Where what identifies stands: behind the cue where there is one."""
    return found.span("what") if "what" in found.re.groupindex else found.span()
