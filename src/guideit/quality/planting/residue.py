"""Planted text searched for in bytes: every usual encoding, every case, wherever it turns up."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from guideit.quality.needles import ENCODINGS
from guideit.quality.planting.people import Persona
from guideit.quality.scan import SHORTEST, Scanner

_ASCII = ("utf-8", "utf-16-le", "utf-16-be")
"""All others write ASCII as UTF-8 does."""
_DEFLATED = b"1.2.840.10008.1.2.1.99"


@dataclass(kw_only=True)
class Search:
    """What was planted, compiled; and which of it was found.

    Attributes:
        places: By planted text, where it was planted (for people).
        found: Texts that turned up, each with the sort of object it turned up in.
    """

    places: Mapping[str, str] = field(repr=False)
    found: dict[str, str] = field(default_factory=dict, repr=False)
    searched: int = 0

    def __post_init__(self) -> None:
        self._encoded = {text: frozenset(_encoded(text)) for text in self.places}
        self._scanner = Scanner({raw for forms in self._encoded.values() for raw in forms})

    def look(self, body: bytes, where: str) -> None:
        """Search one object, its name, or a text; a deflated data set is read inflated too."""
        self.searched += len(body)
        for part in (body, inflated(body)):
            if part and self._scanner.found(part):
                lowered = part.lower()
                for text, forms in self._encoded.items():
                    if text not in self.found and any(raw in lowered for raw in forms):
                        self.found[text] = where


def inflated(body: bytes) -> bytes:
    """The data set of a deflated Part 10 file; nothing of others."""
    if body[128:132] != b"DICM" or _DEFLATED not in body[:1024]:
        return b""
    start = 144 + int.from_bytes(body[140:144], "little")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body[start:])
    except zlib.error:
        return b""  # its own bytes are searched all the same


def of_people(people: Iterable[Persona]) -> dict[str, str]:
    """What must stand nowhere about made-up people, with what it is."""
    found: dict[str, str] = {}
    for who in people:
        texts = {
            "family name": who.family, "given name": who.given, "Patient ID": who.patient_id,
            "record number": who.record, "telephone": who.phone, "mail": who.mail, "street": who.street,
        }  # fmt: skip
        found |= {text: f"{what} ({who.country})" for what, text in texts.items() if len(text) > 1}
        found |= {text: f"birth date ({who.country})" for text in who.births()}
        found["".join(c for c in who.phone if c.isdigit())] = f"telephone's digits ({who.country})"
    return found


def _encoded(text: str) -> Iterator[bytes]:
    for variant in {text, text.upper(), text.lower()}:
        for encoding in _ASCII if variant.isascii() else ENCODINGS:
            try:
                raw = variant.encode(encoding)
            except UnicodeEncodeError:
                continue  # what an encoding cannot write cannot stand in it
            raw = raw.replace(b"\x1b$B", b"").replace(b"\x1b(B", b"").lower()
            if len(raw) >= SHORTEST:
                yield raw
