"""The words that may stay in a description."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Folded words of the built-in vocabulary (`policies/vocabulary.txt`)."""
    text = (files("guideit.deid") / "policies" / "vocabulary.txt").read_text("ascii")
    return frozenset(text.split())


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Text as names are compared: compatibility forms joined, accents off, case off; length may change."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def fold_with_map(text: str) -> tuple[str, list[int]]:
    """Folded text, and for each of its characters the index in `text` it came from; one more for the end."""
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for piece in fold(character):
            folded.append(piece)
            origin.append(index)
    origin.append(len(text))
    return "".join(folded), origin
