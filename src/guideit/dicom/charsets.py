"""Specific Character Set (0008,0005): its defined terms and the codecs that read them (PS3.3 C.12.1.1.2).

The three character sets of most files are known here; for all others, and for code extensions (ISO 2022), pydicom is
asked, which is imported then: see `guideit.dicom.dictionary` for why not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

DEFAULT = ("iso8859",)
"""The default repertoire; read as Latin-1, as nothing that may stand there is lost."""
USUAL = {"": DEFAULT, "ISO_IR 6": DEFAULT, "ISO_IR 100": ("latin_1",), "ISO_IR 192": ("UTF8",)}


@lru_cache(maxsize=256)
def codecs_of(value: str) -> tuple[str, ...] | None:
    """Python codecs for a value of (0008,0005), in pydicom's order; None where a term is not defined."""
    terms = [term.strip() for term in value.strip(" \0").split("\\")]
    if len(terms) == 1 and terms[0] in USUAL:
        return USUAL[terms[0]]
    from pydicom.charset import convert_encodings, python_encoding

    if any(term not in python_encoding for term in terms):
        return None
    return tuple(convert_encodings(terms))


def decode(raw: bytes, encodings: Sequence[str]) -> str:
    """A value as text.

    Raises:
        UnicodeDecodeError: It is no text of this character set.
        LookupError: There is no such codec.
    """
    if len(encodings) == 1:
        return raw.decode(encodings[0])
    from pydicom.charset import decode_bytes
    from pydicom.valuerep import TEXT_VR_DELIMS

    return decode_bytes(raw, encodings, TEXT_VR_DELIMS)


def encode(text: str, encodings: Sequence[str]) -> bytes:
    """A text as a value, without padding.

    Raises:
        UnicodeEncodeError: It cannot be written in this character set.
        LookupError: There is no such codec.
    """
    if len(encodings) == 1:
        return text.encode(encodings[0])
    from pydicom.charset import encode_string

    return encode_string(text, encodings)


def as_written(value: str) -> bytes:
    """A value of (0008,0005) as it is written: its terms without padding of their own, even in length."""
    raw = "\\".join(term.strip() for term in value.strip(" \0").split("\\")).encode("ascii")
    return raw + b" " * (len(raw) % 2)
