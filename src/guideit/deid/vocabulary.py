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


_STROKES = str.maketrans("øØłŁđĐðÐıħĦ", "oOlLdDdDihH")
"""Letters that Unicode does not take apart, as they are typed where there is no such key."""
_KANA = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}
"""Hiragana as katakana: one name is written in both."""
_UNSEEN = frozenset({"Mn", "Me", "Cf"})


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Text as names are compared: compatibility forms and kana joined, accents, case and what nobody sees off.

    Its length may change.
    """
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if _seen(c)).translate(_STROKES | _KANA).casefold()


def _seen(character: str) -> bool:
    """Whether a reader sees it: no accent, soft hyphen, joiner, mark of direction or control character."""
    if character.isascii():
        return character.isprintable() or character.isspace()
    category = unicodedata.category(character)
    return category not in _UNSEEN and (category != "Cc" or character.isspace())


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
