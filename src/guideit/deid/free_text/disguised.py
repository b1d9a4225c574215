"""Known identifiers that stand in a text otherwise than they are written: misread, misspelt, reversed, encoded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from guideit.deid.free_text.encodings import decoded, opaque
from guideit.deid.free_text.near import NearIds, NearNames

_TOKEN = re.compile(r"(?:[^\W_]|[@$|!€+])+")
_SIGNS = "!|+@$€"
_ID = re.compile(r"(?<![^\W_])[^\W_]+(?:[-_./][^\W_]+){0,6}")
_MIXED = re.compile(r"[^\W\d_][\d@$|!€]|[\d@$|!€][^\W\d_]")
_LONGEST_ID = 60
_SEPARATORS = re.compile(r"[\W_]+")


def near(text: str, names: NearNames, ids: NearIds, *, words: bool = True) -> Iterator[tuple[int, int, str]]:
    """Where one is misread, misspelt or reversed: `(start, end, "near")`.

    Args:
        text: As it stands.
        names, ids: The participant's, or everybody's.
        words: Whether words of letters alone are looked at; else only those with digits or signs among the letters.
    """
    if not (words or _MIXED.search(text)):
        return
    for token in _TOKEN.finditer(text):
        if not words and token[0].isalpha():
            continue
        start, end = _stripped(text, *token.span())
        if names.is_name(text[start:end]) or names.is_name(text[start : token.end()]):
            yield start, token.end(), "near"
    for token in _ID.finditer(text):
        if token.end() - token.start() <= _LONGEST_ID and ids.is_id(_SEPARATORS.sub("", token[0])):
            yield *token.span(), "near"


def encoded(text: str, names: NearNames, contains: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """Where one is encoded, or nobody can tell what is: `(start, end, "encoded")`.

    Args:
        text: As it stands.
        names: Known names.
        contains: Whether a decoded text holds a known identifier.
    """
    for start, end, says in decoded(text):
        if contains(says) or any(names.is_name(word[0]) for word in _TOKEN.finditer(says)):
            yield start, end, "encoded"
    yield from ((start, end, "encoded") for start, end in opaque(text))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Without signs at the ends, which may be punctuation."""
    while start < end and text[start] in _SIGNS[:3]:
        start += 1
    while end > start and text[end - 1] in _SIGNS:
        end -= 1
    return start, end
