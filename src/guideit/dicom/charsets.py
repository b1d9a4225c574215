"""Specific Character Set (0008,0005): its defined terms and the codecs that read them (PS3.3 C.12.1.1.2)."""

from __future__ import annotations

from functools import lru_cache

from pydicom.charset import convert_encodings, python_encoding

DEFAULT = ("iso8859",)
"""The default repertoire; read as Latin-1, as nothing that may stand there is lost."""


@lru_cache(maxsize=256)
def codecs_of(value: str) -> tuple[str, ...] | None:
    """Python codecs for a value of (0008,0005), in pydicom's order; None where a term is not defined."""
    terms = [term.strip() for term in value.strip(" \0").split("\\")]
    if terms == [""]:
        return DEFAULT
    if any(term not in python_encoding for term in terms):
        return None
    return tuple(convert_encodings(terms))


def as_written(value: str) -> bytes:
    """A value of (0008,0005) as it is written: its terms without padding of their own, even in length."""
    raw = "\\".join(term.strip() for term in value.strip(" \0").split("\\")).encode("ascii")
    return raw + b" " * (len(raw) % 2)
