"""What recognised words say about a line: a mark that may stay, text that goes, or nothing that anybody could read."""

from __future__ import annotations

import re
import unicodedata

SIDES = frozenset(
    {"L", "R", "LT", "RT", "LEFT", "RIGHT", "LI", "RE", "LINKS", "RECHTS", "G", "D", "GAUCHE", "DROITE", "DROIT"}
    | {"DX", "SX", "AP", "PA", "LAT", "LL", "RL", "CC", "MLO", "ML", "LM", "LCC", "RCC", "LMLO", "RMLO"}
)
"""Laterality and view marks in English, German, French and Italian."""
ORIENTATION = re.compile(r"[RLAPHFSI]{1,3}")
"""Directions of the patient (PS3.3 C.7.6.1.1.1), and S and I as viewers write them."""
RULER = re.compile(r"-?\d{1,2}|-?\d{1,3}([.,]\d{1,2})?\s?(cm|mm)|cm|mm")
"""A number at a scale, or a length with its unit."""


def is_mark(text: str) -> bool:
    """Whether a line is a laterality, view, orientation or scale mark, or several of them and nothing else.

    A single number of more than two digits is none without a unit: it could be a record number or a year. A line with
    blanks at its start or several in a row has signs that were not read, and is none.
    """
    words = text.split()
    return (
        text.rstrip() == " ".join(words)
        and bool(words)
        and len(words) <= 6
        and (_is_one_mark(" ".join(words)) or all(map(_is_one_mark, words)))
    )


def _is_one_mark(word: str) -> bool:
    upper = word.strip("()[]:.").upper()
    return upper in SIDES or bool(ORIENTATION.fullmatch(upper)) or bool(RULER.fullmatch(word.strip("()[]:").lower()))


def has_unread_signs(text: str) -> bool:
    """Whether a line has blanks at its start or several in a row: what the reader gives for signs it does not know."""
    return text.removesuffix(" ") != " ".join(text.split())


def letters(text: str) -> int:
    """Letters and digits of any script in a line."""
    return sum(unicodedata.category(c)[0] in "LN" for c in text)


def distinct(text: str) -> int:
    """Different letters and digits in a line, O and zero the same: texture is read as one sign over and over."""
    return len({c.lower().replace("o", "0") for c in text if unicodedata.category(c)[0] in "LN"})
