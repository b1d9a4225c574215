"""What guideit itself writes into a file: the meta information (PS3.10 7.1) and the elements of `attest`."""

from __future__ import annotations

from guideit.deid.attest import Attested
from guideit.dicom.elements import encode, item

IMPLEMENTATION_CLASS = "2.25.190146791043182537444806132342625375407"
"""Names guideit as the writer; made once for it."""
IMPLEMENTATION_VERSION = "GUIDEIT_0"


def encoded(element: Attested, *, implicit: bool) -> bytes:
    """An attested element as bytes, its sequences of defined length."""
    value = element.value
    if element.vr == "SQ":
        bodies = (b"".join(encoded(inner, implicit=implicit) for inner in one) for one in element.items)
        value = b"".join(item(body) for body in bodies)
    return encode(element.tag, element.vr, value, implicit=implicit)


def file_meta(sop_class: str, sop: str, syntax: str) -> bytes:
    """Preamble of zeros, `DICM` and a meta information of our own: nothing of the source's passes."""
    elements = b"".join(
        encode(tag, vr, value, implicit=False)
        for tag, vr, value in (
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", _uid(sop_class)),
            (0x00020003, "UI", _uid(sop)),
            (0x00020010, "UI", _uid(syntax)),
            (0x00020012, "UI", _uid(IMPLEMENTATION_CLASS)),
            (0x00020013, "SH", IMPLEMENTATION_VERSION.encode() + b" " * (len(IMPLEMENTATION_VERSION) % 2)),
        )
    )
    length = encode(0x00020000, "UL", len(elements).to_bytes(4, "little"), implicit=False)
    return bytes(128) + b"DICM" + length + elements


def _uid(uid: str) -> bytes:
    raw = uid.encode("ascii")
    return raw + b"\0" * (len(raw) % 2)
