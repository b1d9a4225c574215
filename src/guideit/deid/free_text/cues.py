"""Names told by what stands before or behind them: `Dr.`, `Frau`, `geb.`, `Name:`, `signed by`, `MD`.

The cue stays: it says that somebody is named, not who. Behind a cue a few words are read at most, so the time
grows with the length of a text.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from guideit.deid.free_text.lexicon import everyday, is_common, medicine
from guideit.deid.vocabulary import fold

_MOST = 8
"""Words read behind or before a cue, titles and particles among them."""
_SHORT = 3
"""Capitalised words of more letters behind a name belong to it, even if the vocabulary has them (`grunwald`)."""
_NEAR = 100
"""Characters read before a degree."""
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\.?")
_LIST = re.compile(r"\^{1,3}|_|[ \t\u00a0]{0,3}(?:[,;][ \t\u00a0]{0,3})?")
"""Between the words of a name behind a label: family and given name may have a comma between them."""
_PLAIN = re.compile(r"\^{1,3}|_|[ \t\u00a0]{0,3}")
_OPENING: Mapping[str, re.Pattern[str]] = {
    "labels": re.compile(r"\.?[ \t]{0,3}[:=][ \t]{0,3}"),
    "weak": re.compile(r"\.?[ \t\u00a0]{1,3}"),
    "titles": re.compile(r"[.:]?[ \t\u00a0\n]{0,3}"),
    "phrases": re.compile(r"[.:,]?[ \t\u00a0\n]{0,3}(?:/[ \t]{0,3})?"),
}


class _Cue(NamedTuple):
    """A cue whole, and its kind."""

    form: re.Pattern[str]
    kind: str


@lru_cache(maxsize=1)
def written_cues() -> dict[str, Any]:
    """`cues.toml`."""
    return tomllib.loads((files("guideit.deid") / "free_text" / "cues.toml").read_text("utf-8"))


def form_of(cue: str) -> str:
    """A cue as an expression: accents may be missing, spaces and points may be more."""
    body, last = (cue[:-1], "é") if cue.endswith("é") else (cue, "")  # `signe` and `ne` are other words
    either = "".join(re.escape(c) if fold(c) == c.casefold() else f"(?:{c}|{fold(c)})" for c in body) + last
    return either.replace(r"\.\ ", r"\.[ \t]{0,3}").replace(r"\ ", r"[ \t]{1,3}")


@lru_cache(maxsize=1)
def _by_first_word() -> Mapping[str, tuple[_Cue, ...]]:
    """Cues by their first word, folded; longer ones first, those that ask for a colon before those that do not."""
    found: dict[str, list[tuple[int, int, _Cue]]] = defaultdict(list)
    for rank, kind in enumerate(("labels", "phrases", "titles", "weak")):
        for cue in written_cues()[kind]["words"]:
            form = re.compile(form_of(cue) + r"(?![^\W_])", re.IGNORECASE)
            first = fold(_WORD.findall(cue)[0])
            found[first].append((-len(cue), rank, _Cue(form, kind)))
    return {first: tuple(cue for _, _, cue in sorted(cues, key=lambda c: c[:2])) for first, cues in found.items()}


@lru_cache(maxsize=1)
def _passed_over() -> frozenset[str]:
    """What may stand between a cue and the name, and within a name."""
    written = written_cues()
    return frozenset(fold(word.rstrip(".")) for kind in ("degrees", "titles") for word in written[kind]["words"])


def names(text: str) -> Iterator[tuple[int, int, str]]:
    """Names behind or before a cue: `(start, end, "cue-name")`."""
    cues, done = _by_first_word(), 0
    for word in _WORD.finditer(text):
        if word.start() < done:
            continue
        for cue in cues.get(fold(word[0]), ()):
            span = _behind(text, cue, word.start())
            if span:
                yield *span, "cue-name"
                done = span[1]
                break
    yield from _before_degrees(text)


def _behind(text: str, cue: _Cue, at: int) -> tuple[int, int] | None:
    """The name behind a cue that stands at `at`; None where there is none."""
    stands = cue.form.match(text, at)
    opening = _OPENING[cue.kind].match(text, stands.end()) if stands else None
    return _walked(text, opening.end(), cue.kind) if opening else None


def _walked(text: str, at: int, kind: str) -> tuple[int, int] | None:
    """The name that begins at `at`, titles and particles before it passed over."""
    start, end, first, gap = -1, -1, True, _LIST if kind == "labels" else _PLAIN
    for _ in range(_MOST):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        word = fold(token[0].rstrip("."))
        if _names(token[0], word, kind, first=first):
            start, end, first = (token.start() if start < 0 else start), token.end(), first and len(word) == 1
        elif word not in _passed_over():
            break
        at = (gap.match(text, token.end()) or token).end()
    return (start, end) if start >= 0 else None


def _names(token: str, word: str, kind: str, *, first: bool) -> bool:
    """Whether a word behind a cue is part of a name."""
    if word in _passed_over():
        return False
    if not token[0].isupper():
        return first and kind in {"titles", "labels"} and len(word) > 2 and not is_common(word)
    if first and kind != "weak" and len(word) > 1:
        return word not in everyday()
    parts = _WORD.findall(word)
    if kind != "weak" and not token.isupper() and len(word) > _SHORT:
        return not all(part in everyday() or part in medicine() for part in parts)
    return len(word) == 1 or not all(is_common(part) for part in parts)


_DEGREE = re.compile(r"(?<=[ ,])(?:M\.?D\.?|Ph\.?D\.?|MBBS|FRCR|FRCS|MRCP|D\.O\.|RN|RT\(R\)|Esq)(?![^\W_])")


def _before_degrees(text: str) -> Iterator[tuple[int, int, str]]:
    """`Jane Q. Public, MD`: capitalised words up to the degree."""
    for degree in _DEGREE.finditer(text):
        begin = max(0, degree.start() - _NEAR)
        start = end = len(text[begin : degree.start()].rstrip(" ,")) + begin
        for token in reversed(list(_TOKEN.finditer(text, begin, end))[-_MOST:]):
            word = fold(token[0].rstrip("."))
            joined = text[token.end() : start].strip(" ,") == ""
            if not joined or not token[0][0].isupper() or (is_common(word) and len(word) > 1):
                break
            start = token.start()
        if start < end:
            yield start, end, "cue-name"
