"""Text in the clothes of a program: Base64, hexadecimal, percent-encoding, HTML entities, escapes, quoted-printable.

Each stretch that may be one is read, and what it says is judged by whoever asks. What is longer than a line and
no words is opaque: nobody can tell what it says, so it is taken out whole.
"""

from __future__ import annotations

import base64
import html
import quopri
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

OPAQUE = 60
"""From this many characters on an unbroken run of letters and digits is no word of any language."""


def _base64(text: str) -> str:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return _text(base64.b64decode(plain + "=" * (-len(plain) % 4)))


def _hexadecimal(text: str) -> str:
    return _text(bytes.fromhex(re.sub(r"0[xX]|[\s:,-]", "", text)))


def _escapes(text: str) -> str:
    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))", lambda m: chr(int(m[1] or m[2], 16)), text)


def _quoted(text: str) -> str:
    return _text(quopri.decodestring(text.encode("ascii", "ignore")))


def _text(raw: bytes) -> str:
    """Bytes as text; empty where they are none."""
    for codec in ("utf-8", "utf-16-le") if len(raw) % 2 == 0 and b"\0" in raw else ("utf-8", "latin-1"):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue  # the next codec may read it
        return text if all(c.isprintable() or c.isspace() for c in text) else ""
    return ""


_TOKEN = re.compile(r"\S+")
_MARKED: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("%", re.compile(r"%[0-9A-Fa-f]{2}"), unquote),
    ("&", re.compile(r"&(?:#\d{2,6}|#[xX][0-9A-Fa-f]{2,5}|[A-Za-z]{2,10});"), html.unescape),
    ("\\", re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})"), _escapes),
    ("=", re.compile(r"=[0-9A-F]{2}"), _quoted),
)
"""Encodings that show in a word: by what, and how it is read."""
_WHOLE: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (
        re.compile(r"(?<![^\W_])(?:0[xX])?[0-9A-Fa-f]{2}(?:[ :,-]?(?:0x)?[0-9A-Fa-f]{2}){4,2000}(?![^\W_])"),
        _hexadecimal,
    ),
    (re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{8,4096}={0,2}(?![\w+/=])"), _base64),
)
_RUN = re.compile(rf"(?<![^\W_])[A-Za-z0-9+/_=-]{{{OPAQUE},}}")


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Stretches that may be encoded, with what they say: `(start, end, text)`."""
    for mark, form, read in _MARKED:
        if mark in text and form.search(text):
            words = (word for word in _TOKEN.finditer(text) if form.search(word[0]))
            yield from ((*word.span(), read(word[0])) for word in words)
    for form, read in _WHOLE:
        for found in form.finditer(text):
            if found[0].isalpha() and (found[0][1:].islower() or found[0].isupper()):
                continue  # a word
            try:
                says = read(found[0])
            except ValueError:
                continue  # none of this kind
            if says:
                yield *found.span(), says


def opaque(text: str) -> Iterator[tuple[int, int]]:
    """Unbroken runs that are too long for a word and hold letters and digits."""
    for found in _RUN.finditer(text):
        if any(c.isdigit() for c in found[0]) and any(c.isalpha() for c in found[0]):
            yield found.span()
