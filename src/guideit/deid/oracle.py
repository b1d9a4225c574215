"""pydicom's way: the same decisions on data set objects. Slow, thorough, and what the fast path is held to.

Takes what the walk does not: Big Endian, structured reports, values without VR, elements in odd order. The
result is Explicit or Implicit VR Little Endian; Big Endian (retired, PS3.5 2006) is not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy
from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element

from guideit.deid.actions import Action, Decision
from guideit.deid.attest import Attested
from guideit.deid.content import CONTENT, content_decisions
from guideit.deid.read_slow import read_to_the_end, understood
from guideit.deid.values import Values
from guideit.deid.walk_state import NEVER, Change, Piece, Pixels, Run, change_of
from guideit.deid.written import encoded
from guideit.dicom.charsets import DEFAULT, as_written, codecs_of
from guideit.dicom.elements import MAX_DEPTH, MISPLACED, PIXELS, SEQUENCE_END, encode, implicit_vr, item, tag_text
from guideit.dicom.part10 import BIG_ENDIAN, EXPLICIT, UNDEFINED, Framing
from guideit.errors import NotUnderstood

CHARSET = 0x00080005
_WIDTHS = {"US": 2, "SS": 2, "AT": 2, "OW": 2, "UL": 4, "SL": 4, "FL": 4, "OF": 4, "OL": 4}
_WIDTHS |= {"FD": 8, "OD": 8, "UV": 8, "SV": 8, "OV": 8}


def rewrite_dataset(data: bytes, framing: Framing, values: Values, attested: Sequence[Attested]) -> tuple[Framing, Run]:
    """Rewrite a file through pydicom.

    Returns:
        The framing of the result, and a run whose `out` is the new data set.

    Raises:
        NotUnderstood: pydicom cannot read it, or reads less than there is.
    """
    big = framing.syntax == BIG_ENDIAN
    out = replace(framing, syntax=EXPLICIT) if big else framing
    run = Run(data=data, end=len(data), at=framing.offset)
    writer = _Writer(values=values, implicit=out.implicit, swap=big, run=run)
    inserts = {a.tag: encoded(a, implicit=out.implicit) for a in attested}
    run.out = understood(lambda: writer.dataset(read_to_the_end(data, framing), _Here("", DEFAULT, 0), inserts))
    return out, run


@dataclass(frozen=True, slots=True)
class _Here:
    """Where the writer is: tag path, character set, depth, and decisions that an SR content item makes."""

    path: str
    encodings: tuple[str, ...]
    depth: int
    content: Mapping[int, Decision] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Group:
    """The private group being written: creators stand before all of its elements (PS3.5 7.8.1)."""

    number: int = 0
    creators_end: int = 0

    def put(self, out: list[Piece], tag: int, pieces: list[Piece]) -> None:
        """Append an element's pieces; a private one's creator, the first of two, goes behind the creators so far."""
        if tag >> 16 != self.number:
            self.number, self.creators_end = tag >> 16, len(out)
        if tag >> 16 & 1 and len(pieces) == 2 and pieces[0]:
            out.insert(self.creators_end, pieces.pop(0))
            self.creators_end += 1
        out.extend(pieces)


@dataclass(kw_only=True)
class _Writer:
    values: Values
    implicit: bool
    swap: bool
    run: Run

    def dataset(self, dataset: Dataset, here: _Here, inserts: Mapping[int, bytes]) -> list[Piece]:
        """The new data set's pieces; `inserts` are written whatever stood there."""
        if here.depth > MAX_DEPTH:
            raise NotUnderstood(f"nested deeper than {MAX_DEPTH} levels", where=here.path)
        out: list[Piece] = []
        waiting = sorted(inserts.items())
        creators: dict[int, tuple[str, bytes]] = {}
        group = _Group()
        for tag in [*sorted(int(t) for t in dataset._dict), NEVER]:
            while waiting and waiting[0][0] <= tag:
                out.append(waiting.pop(0)[1])
            if tag == NEVER or tag in inserts:
                continue
            if tag == CHARSET:
                here, element = self._charset(dataset, here)
                out.append(element)
                continue
            group.put(out, tag, list(self._element(dataset, tag, here, creators, len(out))))
        return out

    def _element(
        self, dataset: Dataset, tag: int, here: _Here, creators: dict[int, tuple[str, bytes]], position: int
    ) -> Iterator[Piece]:
        """The new element, or nothing."""
        vr, raw = self._raw(dataset, tag)
        if tag >> 16 & 1:
            yield from self._private(tag, vr, raw, here, creators)
        elif tag in PIXELS and not here.depth and isinstance(raw, bytes):
            yield from self._pixels(dataset, tag, vr, raw, position)
        else:
            yield from self._public(dataset, tag, vr, raw, here)

    def _raw(self, dataset: Dataset, tag: int) -> tuple[str, bytes | None]:
        """VR and raw bytes, Little Endian; None for a sequence.

        Raises:
            NotUnderstood: The value is shorter than its length says.
        """
        element = dataset.get_item(tag)
        if element is None or element.VR == "SQ":
            return "SQ", None
        if not isinstance(element, RawDataElement):  # pydicom parses some values at once
            return self._known_vr(element.VR, tag), _bytes_of(element)
        value = element.value or b""
        if element.length not in (UNDEFINED, len(value)):
            raise NotUnderstood("a value is cut off", where=tag_text(tag))
        vr = self._known_vr(element.VR, tag)
        if vr == "SQ":
            return vr, None
        width = _WIDTHS.get(vr, 1) if self.swap else 1
        return vr, swapped(value, width)

    def _known_vr(self, vr: str | None, tag: int) -> str:
        """The file's VR, or a public element's listed one where the file does not say."""
        if tag >> 16 & 1:
            return vr or "UN"
        return vr if vr not in {None, "UN"} else implicit_vr(self.values.policy.vrs.get(tag))

    def _public(self, dataset: Dataset, tag: int, vr: str, raw: bytes | None, here: _Here) -> Iterator[Piece]:
        path = here.path + tag_text(tag)
        if tag >> 16 in MISPLACED:
            raise NotUnderstood("an element that cannot stand here", where=path)
        decision = here.content.get(tag) or self.values.policy.decide(tag, vr)
        if vr == "UN" and decision.action is Action.KEEP:
            decision = Decision(Action.REMOVE, "wrong-vr")  # of several VRs nobody knows which: no rule can read it
        if decision.action is Action.REMOVE:
            self._note(path, decision, decision.rule)
        elif raw is None:
            yield self._sequence(dataset, tag, decision, here)
        else:
            if len(raw) % 2:
                raise NotUnderstood("a value of odd length", where=path)
            outcome = self.values.apply(decision, tag, vr, raw, here.encodings)
            self.run.changes.append(change_of(path, decision, outcome))
            if outcome.value is not None:
                yield encode(tag, vr, outcome.value, implicit=self.implicit)

    def _sequence(self, dataset: Dataset, tag: int, decision: Decision, here: _Here) -> bytes:
        path = here.path + tag_text(tag)
        self._note(path, decision, decision.rule)
        bodies: list[bytes] = []
        if decision.action is not Action.ZERO:
            below = replace(here, path=f"{path}/", depth=here.depth + 1, content={})
            for one in dataset[tag].value:
                content = content_decisions(one, self.values.policy) if tag == CONTENT else {}
                if content is None:
                    self._note(path, Decision(Action.REMOVE, "sr.item"), "sr.item")
                    continue
                pieces = self.dataset(one, replace(below, content=content), {})
                bodies.append(item(b"".join(pieces)))
        return encode(tag, "SQ", b"".join(bodies), implicit=self.implicit)

    def _private(
        self, tag: int, vr: str, raw: bytes | None, here: _Here, creators: dict[int, tuple[str, bytes]]
    ) -> Iterator[Piece]:
        """A listed private element, after its creator."""
        group, element = tag >> 16, tag & 0xFFFF
        if 0x10 <= element <= 0xFF and raw is not None:
            name = raw.decode("latin-1").strip(" \0")
            creators[group << 16 | element] = (name, encode(tag, "LO", _even(name), implicit=self.implicit))
            return
        block = group << 16 | element >> 8
        name, written = creators.get(block, ("", b""))
        decision = self.values.policy.decide_private(group, element & 0xFF, name, vr or "UN")
        listed = self.values.policy.private_vr(group, element & 0xFF, name)
        if listed is None or listed == "SQ" or raw is None:
            self._note(f"{here.path}({group:04X},xxxx)", decision, "private")
            return
        outcome = self.values.apply(decision, tag, listed, raw, here.encodings)
        self.run.changes.append(change_of(here.path + tag_text(tag), decision, outcome))
        if outcome.value is not None:
            creators[block] = (name, b"")
            yield written
            yield encode(tag, listed, outcome.value, implicit=self.implicit)

    def _pixels(self, dataset: Dataset, tag: int, vr: str, raw: bytes, position: int) -> Iterator[Piece]:
        """Pixel data as it is, for the engine to check."""
        if self.run.pixels is not None:
            raise NotUnderstood("pixel data twice", where=tag_text(tag))
        element = dataset.get_item(tag)
        encapsulated = isinstance(element, RawDataElement) and element.length == UNDEFINED
        body = raw + SEQUENCE_END + bytes(4) if encapsulated else raw
        head = encode(tag, vr, b"", implicit=self.implicit)[:-4]
        yield head + (b"\xff\xff\xff\xff" if encapsulated else len(body).to_bytes(4, "little"))
        self.run.pixels = Pixels(position + 1, encapsulated, 0, len(body))
        self.run.changes.append((tag_text(tag), "K unlisted.bulk"))
        yield memoryview(body)

    def _charset(self, dataset: Dataset, here: _Here) -> tuple[_Here, bytes]:
        """What is in force from here on, and the element."""
        value = (self._raw(dataset, CHARSET)[1] or b"").decode("ascii", "replace")
        found = codecs_of(value)
        if found is None:
            raise NotUnderstood("unknown character set", where=here.path + tag_text(CHARSET))
        self.run.changes.append((here.path + tag_text(CHARSET), "K character-set"))
        return replace(here, encodings=found), encode(CHARSET, "CS", as_written(value), implicit=self.implicit)

    def _note(self, path: str, decision: Decision, rule: str) -> None:
        change: Change = (path, f"{decision.action.value} {rule}")
        self.run.changes.append(change)


def _bytes_of(element: DataElement) -> bytes:
    """A parsed value's bytes, Little Endian."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, True
    write_data_element(buffer, element)
    return buffer.getvalue()[8:]


def swapped(value: bytes, width: int) -> bytes:
    """Words of `width` bytes in the other order."""
    if width == 1:
        return value
    if len(value) % width:
        raise NotUnderstood("a value is no whole number of words")
    return numpy.frombuffer(value, dtype=f">u{width}").astype(f"<u{width}").tobytes()


def _even(name: str) -> bytes:
    return name.encode("latin-1") + b" " * (len(name) % 2)
