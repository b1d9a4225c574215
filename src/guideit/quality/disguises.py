"""What a text says besides what it shows: words in look-alike letters or backwards, and encoded stretches.

A second pair of eyes for what the cleaning of texts takes out, written apart from it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

_LONG, _LONG_REVERSED = 5, 7
"""Letters of the shortest word that is no chance in disguise, and backwards."""
_MOSTLY = 0.8
"""Share of letters and spaces from which decoded bytes are a text."""
_TOKEN = re.compile(r"(?:[^\W_]|[@$|!])+")
_SIGNS = str.maketrans("0134578@$!|i", "oleastbasll" + "l")
_CYRILLIC = str.maketrans("авеікмнорстухѕј", "abeikmhopctyxsj")
"""Letters of Cyrillic, folded, that look like Latin ones."""
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_-]{8,4096}={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<![^\W_])[0-9A-Fa-f]{2}(?:[ :-]?[0-9A-Fa-f]{2}){4,2000}(?![^\W_])")


def flat(word: str) -> str:
    """A folded word with digits and signs as the letters they stand for; i and l are one."""
    return word.translate(_SIGNS)


def unmasked(folded: str) -> Iterator[str]:
    """Words that a folded text may mean, flat: digits and signs for letters, one script for another, backwards."""
    for token in set(_TOKEN.findall(folded)):
        if len(token) < _LONG or token.isdigit():
            continue
        if not token.isalpha():
            yield flat(token)
        elif not token.isascii():
            yield flat(token.translate(_CYRILLIC))
        if len(token) >= _LONG_REVERSED:
            yield flat(token[::-1])


def readings(text: str) -> Iterator[str]:
    """What encoded stretches of a text say; nothing for a text that has none."""
    if "%" in text:
        yield from _unlike(text, unquote(text))
    if "&" in text:
        yield from _unlike(text, unescape(text))
    if "\\" in text:
        read = re.sub(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))", lambda m: chr(int(m[1] or m[2], 16)), text)
        yield from _unlike(text, read)
    if "=" in text and text.isascii():
        yield from _unlike(text, binascii.a2b_qp(text.encode()).decode("utf-8", "replace"))
    for run in _HEX.findall(text):
        yield from _words(bytes.fromhex(re.sub(r"[ :-]", "", run)))
    for run in _BASE64.findall(text):
        if not run.isalpha() or not (run.isupper() or run[1:].islower()):
            yield from _words(_unpacked(run))


def _unlike(text: str, read: str) -> Iterator[str]:
    if read != text:
        yield read


def _unpacked(run: str) -> bytes:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return b""  # no Base64: it says what it shows


def _words(raw: bytes) -> Iterator[str]:
    """Bytes that are mostly letters, as UTF-8 or Latin-1."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if text and sum(c.isalpha() or c.isspace() for c in text) >= _MOSTLY * len(text):
        yield text
