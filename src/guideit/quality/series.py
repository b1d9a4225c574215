"""One series read again: pack, files, attributes, residue, and its source beside it."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydicom import Dataset
from pydicom._uid_dict import UID_dictionary

from guideit.quality.attestation import check_attestation, check_carried
from guideit.quality.comparison import Pair, compare, source_uids_in
from guideit.quality.conformance import Conformance
from guideit.quality.elements import Element
from guideit.quality.encoded import Encoded, Malformed, walk
from guideit.quality.inputs import Located, SeriesTask, Verdict
from guideit.quality.needles import Needles, everyone, needles, single_names
from guideit.quality.packs import PackedFile, check_part10, files, pack_digest
from guideit.quality.pixels import check_around, check_pixels
from guideit.quality.reading import Bytes, Opened, opened
from guideit.quality.seen_text import SeenText
from guideit.quality.treated_pixels import check_treatment
from guideit.quality.treatment import UNTREATED, BadTreatment, Treated, read_treated

KEPT = {
    "retain-institution-identity": frozenset({"institution"}),
    "retain-device-identity": frozenset({"device"}),
    "retain-uids": frozenset({"uid"}),
}
INDEXED = ("Modality", "StudyDate")
"""Columns of the index that are compared with the files."""


def check_series(task: SeriesTask) -> Verdict:
    """Prove one series; everything wrong is in the verdict's findings.

    It serves a pack before sealing as well as after: the task names the pack's file.
    """
    verdict = Verdict(number=task.number, pack=pack_digest(task.pack))
    if not task.again:
        return verdict
    reading = _Reading(task, verdict)
    for packed in files(task.pack, task.place, verdict):
        verdict.instances.add(packed.uid)
        try:
            reading.check(packed)
        except Exception:  # noqa: BLE001 what no check foresaw is not proved: it is a failure, and the rest goes on
            verdict.fail("read", f"{task.place}/{packed.uid}", "the file could not be examined")
    reading.conclude()
    return verdict


def kept_kinds(options: frozenset[str]) -> frozenset[str]:
    """Kinds of identifiers that an option asks to retain."""
    return frozenset(kind for option, kinds in KEPT.items() if option in options for kind in kinds)


def person_needles(task: SeriesTask) -> Needles | None:
    """What names this series' participant and is not asked to stay; None without the private side."""
    if task.person is None:
        return None
    return needles(task.person.identifiers, kept_kinds(task.claim.options))


class _Parsed(NamedTuple):
    """A file as pydicom and as our own walk read it."""

    opened: Opened
    encoded: Encoded


class _Reading:
    """A series being read: what is looked for is compiled once."""

    def __init__(self, task: SeriesTask, verdict: Verdict) -> None:
        self._task, self._verdict = task, verdict
        self._own = person_needles(task)
        self._others = everyone(task.others, kept_kinds(task.claim.options)) if task.others else None
        names = single_names(task.others) if task.others else frozenset()
        self._conformance = Conformance(task.claim, self._own, self._others, names)
        self._treated = self._read_treated()
        self._text = SeenText(task, verdict)

    def _read_treated(self) -> Treated:
        """What is not understood is no treatment: then nothing may differ."""
        try:
            return read_treated(self._task.treated)
        except BadTreatment as wrong:
            self._verdict.fail("pixels", self._task.place, str(wrong))
            return UNTREATED

    def conclude(self) -> None:
        """After the last file: what can only be said of the whole series."""
        check_treatment(self._treated, self._task.place, self._verdict)
        self._text.conclude()

    def check(self, packed: PackedFile) -> None:
        """One file."""
        place, verdict = f"{self._task.place}/{packed.uid}", self._verdict
        parsed = self._parsed(packed.body, check_part10(packed.body, place, verdict), place)
        if parsed is None:
            return
        self._conformance.check(parsed.opened.found, place, verdict)
        self._check_bytes(packed.body, parsed.encoded, place)
        if self._task.person is not None:
            self._check_source(packed, parsed, place)
        verdict.count("instances")
        self._check_identity(parsed.opened.dataset, packed.uid, place)
        check_around(parsed.opened, place, verdict)
        shown = self._shown(parsed.opened)
        check_attestation(parsed.opened.found, self._task.claim, place, verdict, shown)
        self._text.look(parsed.opened, place)
        verdict.references |= references(parsed.opened.found)
        verdict.files[packed.uid] = Located(
            place=self._task.place,
            offset=packed.offset,
            length=len(packed.body),
            header={name: str(parsed.opened.dataset.get(name, "") or "") for name in INDEXED},
        )

    def _shown(self, released: Opened) -> frozenset[str] | None:
        """What may be said of this object's pixels; None without the private side, which knows."""
        if self._task.person is None:
            return None
        return self._treated.shown if released.pixels is not None else frozenset()

    def _parsed(self, body: Bytes, start: int, place: str) -> _Parsed | None:
        """None where it cannot be read; then nothing about it is proved and the finding says so."""
        try:
            file = opened(body)
            return _Parsed(file, walk(body, start, file.syntax))
        except Malformed as wrong:
            self._verdict.fail("structure", place, str(wrong))
        except Exception:  # noqa: BLE001 what pydicom cannot read is a failure, whatever it raises
            self._verdict.fail("read", place, "pydicom cannot read the file")
        return None

    def _check_identity(self, dataset: Dataset, uid: str, place: str) -> None:
        """Names, folders and meta information agree."""
        pseudonym, study, series = self._task.place.split("/")
        meta = dataset.file_meta
        told = {str(dataset.get("SOPInstanceUID", "")), str(meta.get("MediaStorageSOPInstanceUID", "")), uid}
        if len(told) > 1 or str(dataset.get("StudyInstanceUID", "")) != study:
            self._verdict.fail("identity", place, "UIDs of file, folder and meta information differ")
        if str(dataset.get("SOPClassUID", "")) != str(meta.get("MediaStorageSOPClassUID", "")):
            self._verdict.fail("identity", place, "the SOP Class differs from that of the meta information")
        if UID_dictionary.get(str(meta.TransferSyntaxUID), ("", ""))[1] != "Transfer Syntax":
            self._verdict.fail("identity", place, "the transfer syntax is none of the standard's")
        if str(dataset.get("SeriesInstanceUID", "")) != series:
            self._verdict.fail("identity", place, "the series is not the one it lies in")
        if {str(dataset.get("PatientID", "")), str(dataset.get("PatientName", ""))} != {pseudonym}:
            self._verdict.fail("identity", place, "Patient ID and Patient's Name are not the pseudonym")

    def _check_bytes(self, body: Bytes, encoded: Encoded, place: str) -> None:
        """Header and what follows the pixels by all needles, the pixels by long ones."""
        self._verdict.count("bytes", len(body))
        start, stop = encoded.pixels
        view = memoryview(encoded.body)
        outside = [view[:start], view[stop:]] if stop > start else [view]
        if encoded.body is not body:
            outside.append(memoryview(body)[: len(body) - len(encoded.body)])
        for wanted in (self._own, self._others):
            if wanted and (any(wanted.in_bytes(part) for part in outside) or wanted.in_pixels(view[start:stop])):
                self._verdict.fail("residue", place, "a known identifier in the file's bytes")

    def _check_source(self, packed: PackedFile, parsed: _Parsed, place: str) -> None:
        path = self._task.sources.get(packed.uid)
        source = _source(path) if path else None
        if source is None or self._task.person is None:
            self._verdict.fail("mapping", place, "no source is known for this instance, or it cannot be read")
            return
        pair = Pair(
            source=source,
            released=parsed.opened,
            shift_days=self._task.person.shift_days,
            claim=self._task.claim,
            place=place,
            treated=packed.uid in self._treated.instances,
        )
        compare(pair, self._verdict)
        check_carried(source.found, parsed.opened.found, place, self._verdict)
        check_pixels(source, parsed.opened, self._treated.of(packed.uid), place, self._verdict)
        start, stop = parsed.encoded.pixels
        body = parsed.encoded.body
        header = bytes(body[:start]) + bytes(body[stop:]) if stop > start else bytes(body)
        if source_uids_in(pair, header):
            self._verdict.fail("residue", place, "a UID of the source in the file's bytes")


def _source(path: Path) -> Opened | None:
    """The source, mapped; a source that cannot be read proves nothing: None makes it a failure."""
    try:
        with path.open("rb") as file:
            return opened(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    except Exception:  # noqa: BLE001 pydicom may raise anything
        return None


def references(found: list[Element]) -> set[str]:
    """Instances that an object refers to (PS3.3 10.3, 10.8), at any depth."""
    return {
        uid
        for element in found
        if element.tag == 0x00081155
        for part in (element.raw or b"").decode("latin-1").split("\\")
        if (uid := part.strip(" \0"))
    }


def same_everywhere(uids: Mapping[str, str], seen: dict[str, str], owners: dict[str, str]) -> bool:
    """Whether these pairs keep the map one to one over all series seen so far."""
    return all(seen.setdefault(old, new) == new and owners.setdefault(new, old) == old for old, new in uids.items())
