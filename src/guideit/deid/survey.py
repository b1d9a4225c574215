"""The first pass over an instance: who it is about, what the index and the hold rules need, whom it names.

Reads the header only, by the same walk as the rewriting; what it learned of an element's bytes it remembers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from guideit.deid.alike import Likenesses, Stretch, tokens_of
from guideit.deid.identifying import IDENTIFYING
from guideit.deid.policy import dictionary
from guideit.deid.subject import Identifier
from guideit.deid.values import decoded
from guideit.deid.walk_state import FULL, REMEMBER, Run
from guideit.dicom.charsets import DEFAULT, codecs_of
from guideit.dicom.elements import MAX_DEPTH, PIXELS, Head, Reader, tag_text
from guideit.dicom.index import BY_TAG, parsed
from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, Framing, frame, inflated
from guideit.errors import NotUnderstood

CHARSET, SOP_CLASS, SOP, MODALITY = 0x00080005, 0x00080016, 0x00080018, 0x00080060
PATIENT, STUDY, SERIES = 0x00100020, 0x0020000D, 0x0020000E
_NUMERIC = {"US": "<H", "SS": "<h", "UL": "<I", "SL": "<i", "FL": "<f", "FD": "<d"}
IDENTITY = frozenset({CHARSET, SOP_CLASS, SOP, MODALITY, PATIENT, STUDY, SERIES})
EVERY = frozenset(BY_TAG) | IDENTITY
_HEAD = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What one instance says of itself.

    Attributes:
        patient, study, series, sop, sop_class: Identity, as in the source, empty where absent.
        syntax, file_class: Transfer syntax, and SOP class as the meta information has it.
        header: Index columns by keyword.
        identifiers: Everything in it that names a person, a number or a place of theirs.
    """

    patient: str = field(repr=False)
    study: str
    series: str
    sop: str
    sop_class: str
    syntax: str
    file_class: str
    header: dict[str, Any] = field(repr=False)
    identifiers: frozenset[Identifier] = field(repr=False)

    @property
    def modality(self) -> str:
        """Modality (0008,0060)."""
        return str(self.header.get("Modality") or "")


def survey(data: bytes, *, size: int = 0, wanted: frozenset[int] = EVERY) -> Survey:
    """Survey one file.

    Args:
        data: The file, a map of it, or its beginning: pixel data at its end need not be there.
        size: Bytes of the whole file, where `data` is only its beginning.
        wanted: Tags whose values go into the header; identity and identifiers are always read.

    Raises:
        NotUnderstood: It is no DICOM file, damaged, cut off, or not plain enough for the walk.
    """
    framing = frame(data[:_HEAD])
    if framing.syntax == DEFLATED:
        data, framing = inflated(data, framing)
    if framing.syntax == BIG_ENDIAN:
        raise NotUnderstood("Big Endian needs more than a walk")
    return _survey(data, framing, _walker(framing.implicit, wanted), max(size, len(data)))


def survey_dataset(data: bytes, framing: Framing, wanted: frozenset[int] = EVERY) -> Survey:
    """Survey the data set that `framing` says begins at its offset; raises as `survey` does."""
    return _survey(data, framing, _walker(framing.implicit, wanted), len(data))


def _survey(data: bytes, framing: Framing, walker: _Walker, end: int) -> Survey:
    found = walker.survey(data, framing.offset, end)
    text = found.text
    return Survey(
        patient=text.get(PATIENT, ""),
        study=text.get(STUDY, ""),
        series=text.get(SERIES, ""),
        sop=text.get(SOP, ""),
        sop_class=text.get(SOP_CLASS, ""),
        syntax=framing.syntax,
        header=found.header,
        identifiers=frozenset(found.identifiers),
        file_class=framing.sop_class,
    )


@dataclass(slots=True)
class _Found:
    text: dict[int, str] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    identifiers: set[Identifier] = field(default_factory=set)
    encodings: tuple[str, ...] = DEFAULT


_SKIP, _READ, _NESTED, _LONG, _STOP = range(5)
_Step = tuple[int, int, int]
"""Whole size (0: not told by the head), tag, kind."""
_Said = tuple[str | None, tuple[Identifier, ...]]


class _Walker:
    """Walks data sets of one encoding and remembers what elements say."""

    def __init__(self, implicit: bool, wanted: frozenset[int]) -> None:
        self._wanted = wanted | IDENTITY
        self._reader = Reader(implicit, dictionary())
        self._steps: dict[bytes, _Step] = {}
        self._said: dict[tuple[str, ...], dict[bytes, _Said]] = {}
        self._named: dict[tuple[str, ...], dict[bytes, frozenset[Identifier]]] = {}
        self._alike: Likenesses[_Found] = Likenesses()

    def survey(self, data: bytes, at: int, end: int) -> _Found:
        """What a whole data set says."""
        for likeness in self._alike:
            found = _Found()
            if self._like(Run(data=data, end=end, at=at), likeness, found):
                self._alike.fitted(likeness)
                return found
        found = _Found()
        self.walk(Run(data=data, end=end, at=at), found, 0)
        self._learn_likeness(data, at, end)
        return found

    def _like(self, run: Run, likeness: tuple[Stretch[_Found], ...], found: _Found) -> bool:
        """Survey a header that differs from earlier ones at known elements only; False where it does not."""
        data = run.data
        for stretch in likeness:
            if not stretch.stands_at(data, run.at, run.end):
                return False
            found.text.update(stretch.made.text)
            found.header.update(stretch.made.header)
            found.identifiers.update(stretch.made.identifiers)
            found.encodings = stretch.made.encodings
            run.at += stretch.size
            if stretch is not likeness[-1]:
                run.at += self._element(run, found)
        self.walk(run, found, 0)
        return True

    def _element(self, run: Run, found: _Found) -> int:
        """One element at top level; its whole size."""
        step = self._steps.get(run.data[run.at : run.at + 8]) or self._learn(run, run.at)
        size, tag, kind = step
        if kind == _READ:
            self._read(run.data[run.at : run.at + size], tag, found, 0)
        elif kind != _SKIP:
            return self._special(run, step, found, 0)
        return size

    def _learn_likeness(self, data: bytes, at: int, end: int) -> None:
        """Learn from a header that was just walked."""
        encodings: tuple[str, ...] = DEFAULT

        def made(start: int, stop: int, before: int, after: int) -> _Found:
            nonlocal encodings
            found = _Found(encodings=encodings)
            self.walk(Run(data=data, end=stop, at=start), found, 0)
            encodings = found.encodings
            return found

        self._alike.learn(data, tokens_of(self._reader, data, at, end, groups=False), made)

    def walk(self, run: Run, found: _Found, depth: int) -> None:
        """One data set; a nested one gives its identifiers only."""
        data, at, last = run.data, run.at, -1
        while at < run.end:
            step = self._steps.get(data[at : at + 8]) or self._learn(run, at)
            size, tag, kind = step
            if tag <= last:
                raise NotUnderstood("elements out of order or twice", where=tag_text(tag))
            last = tag
            if kind == _READ:
                self._read(data[at : at + size], tag, found, depth)
            elif kind != _SKIP:
                run.at = at
                size = self._special(run, step, found, depth)
            at += size
        if at != run.end:
            raise NotUnderstood("an element runs past the end", where=f"byte {at}")

    def _learn(self, run: Run, at: int) -> _Step:
        head = self._reader.head(run.data, at, run.end)
        size = head.value_at - at + head.length if head.value_at - at == 8 and head.length < 1 << 31 else 0
        step = (size, head.tag, self._kind(head, size))
        if len(self._steps) > FULL:
            self._steps.clear()
        self._steps[run.data[at : at + 8]] = step
        return step

    def _kind(self, head: Head, size: int) -> int:
        if head.tag in PIXELS:
            return _STOP
        if head.vr == "SQ":
            return _NESTED
        if not size:
            return _LONG
        wanted = head.tag in self._wanted or head.tag in IDENTIFYING or head.vr == "PN"
        return _READ if wanted else _SKIP

    def _read(self, element: bytes, tag: int, found: _Found, depth: int) -> None:
        memory = self._said.setdefault(found.encodings, {})
        said = memory.get(element)
        if said is None:
            said = self._say(element, tag, found.encodings)
            if len(memory) > FULL:
                memory.clear()
            if len(element) <= REMEMBER:
                memory[element] = said
        text, identifiers = said
        found.identifiers.update(identifiers)
        if text is not None and not depth:
            found.text[tag] = text
            if tag in BY_TAG:
                found.header[BY_TAG[tag].name] = parsed(tag, text)
        if tag == CHARSET:
            found.encodings = codecs_of(text or "") or DEFAULT

    def _say(self, element: bytes, tag: int, encodings: tuple[str, ...]) -> _Said:
        head = self._reader.head(element, 0, len(element))
        value = element[head.value_at :]
        text = _text_of(value, head.vr, encodings)
        kind = IDENTIFYING.get(tag) or ("name" if head.vr == "PN" else None)
        if not kind or not text:
            return text, ()
        return text, tuple(Identifier(kind=kind, text=part.strip()) for part in text.split("\\") if part.strip())

    def _special(self, run: Run, step: _Step, found: _Found, depth: int) -> int:
        """Whole size of an element whose head does not tell it, having read what is below."""
        head = self._reader.head(run.data, run.at, run.end)
        if step[2] == _STOP and not depth:
            return self._pixels(run, head) - run.at
        stop = self._reader.past(run.data, head, run.end)
        if head.vr == "SQ":
            found.identifiers |= self._below(run, head, stop, found.encodings, depth)
        return stop - run.at

    def _pixels(self, run: Run, head: Head) -> int:
        if head.length == 0xFFFFFFFF:
            return run.end_of_fragments(head.value_at)
        return self._reader.past(run.data, head, run.end)

    def _below(self, run: Run, head: Head, stop: int, encodings: tuple[str, ...], depth: int) -> frozenset[Identifier]:
        """Identifiers in a sequence; remembered by its bytes."""
        if depth >= MAX_DEPTH:
            raise NotUnderstood(f"nested deeper than {MAX_DEPTH} levels", where=tag_text(head.tag))
        whole = run.data[run.at : stop]
        memory = self._named.setdefault(encodings, {})
        names = memory.get(whole)
        if names is None:
            names = self._items(run, head, stop, encodings, depth)
            if len(whole) <= REMEMBER and len(memory) < FULL:
                memory[whole] = names
        return names

    def _items(self, run: Run, head: Head, stop: int, encodings: tuple[str, ...], depth: int) -> frozenset[Identifier]:
        below = _Found(encodings=encodings)
        at, last = head.value_at, stop - 8 if head.length == 0xFFFFFFFF else stop
        while at < last:
            start, end, at = self._reader.item(run.data, at, last)
            below.encodings = encodings
            self.walk(Run(data=run.data, end=end, at=start), below, depth + 1)
        return frozenset(below.identifiers)


def _text_of(value: bytes, vr: str, encodings: tuple[str, ...]) -> str | None:
    """A value as text, multi-valued with backslashes; None where it cannot be read."""
    if vr in _NUMERIC:
        width = struct.calcsize(_NUMERIC[vr])
        if len(value) % width:
            return None
        return "\\".join(str(n[0]) for n in struct.iter_unpack(_NUMERIC[vr], value))
    text = decoded(value, vr, encodings)
    return text.strip(" ") if text is not None else value.decode("latin-1").strip(" \0")


@lru_cache(maxsize=8)
def _walker(implicit: bool, wanted: frozenset[int]) -> _Walker:
    """The walker of this process for one encoding: it remembers across files."""
    return _Walker(implicit, wanted)
