"""Words that are nobody's name: everyday words of three languages, words of medicine, the vocabulary of imaging."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from guideit.deid.vocabulary import fold, vocabulary

_ENDINGS_FROM = 8


@lru_cache(maxsize=1)
def _written() -> dict[str, Any]:
    return tomllib.loads((files("guideit.deid") / "free_text" / "lexicon.toml").read_text("utf-8"))


def _words(*tables: str) -> Iterator[str]:
    for table in tables:
        for text in _written()[table].values():
            yield from (fold(word) for word in text.split())


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Folded words of everyday German, English and French, as reports use them."""
    return frozenset(_words("everyday")) | _cue_words()


def _cue_words() -> frozenset[str]:
    """Words of cues that are no particles of names."""
    cues = tomllib.loads((files("guideit.deid") / "free_text" / "cues.toml").read_text("utf-8"))
    texts = (cue for kind in ("titles", "labels", "phrases", "weak", "birth") for cue in cues[kind]["words"])
    return frozenset(fold(word) for text in texts for word in re.findall(r"[^\W\d_]{2,}", text))


@lru_cache(maxsize=1)
def medicine() -> frozenset[str]:
    """Folded words of medicine: findings, drugs, anatomical Latin, eponyms."""
    return frozenset(_words("medicine"))


@lru_cache(maxsize=1)
def _endings() -> tuple[str, ...]:
    return tuple(sorted({fold(ending) for ending in _written()["endings"]["words"]}))


def is_common(word: str) -> bool:
    """Whether a folded word is one of everyday life, medicine or imaging."""
    return word in everyday() or word in medicine() or word in vocabulary()


def reads_as_medicine(word: str) -> bool:
    """Whether a long folded word ends as words of medicine do."""
    return len(word) >= _ENDINGS_FROM and word.endswith(_endings())
