"""One series read again: pack, files, attributes, residue, and its source beside it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydicom import Dataset, dcmread

from guideit.quality.comparison import compare
from guideit.quality.conformance import Conformance
from guideit.quality.inputs import SeriesTask, Verdict
from guideit.quality.needles import Needles, needles
from guideit.quality.packs import check_part10, files

KEPT = {
    "retain-institution-identity": frozenset({"institution"}),
    "retain-device-identity": frozenset({"device"}),
    "retain-uids": frozenset({"uid"}),
}
_ATTESTED = ("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence")


def check_series(task: SeriesTask) -> Verdict:
    """Prove one series; everything wrong is in the verdict's findings."""
    verdict = Verdict(number=task.number)
    wanted = person_needles(task)
    conformance = Conformance(task.claim, wanted)
    for uid, body in files(task.pack, task.place, verdict):
        place = f"{task.place}/{uid}"
        verdict.instances.add(uid)
        check_part10(body, place, verdict)
        dataset = _read(body, place, verdict)
        if dataset is None:
            continue
        _check_identity(dataset, uid, task, place, verdict)
        conformance.check(dataset, place, verdict)
        verdict.references |= references(dataset)
        if wanted is not None:
            _check_bytes(body, wanted, place, verdict)
        if uid in task.sources and task.person is not None:
            _check_source(task.sources[uid], dataset, task, place, verdict)
        elif task.sources:
            verdict.fail("mapping", place, "no source is known for this instance")
    return verdict


def person_needles(task: SeriesTask) -> Needles | None:
    """What names this series' participant and is not asked to stay; None without the private side."""
    if task.person is None:
        return None
    kept = frozenset(kind for option, kinds in KEPT.items() if option in task.claim.options for kind in kinds)
    return needles(task.person.identifiers, kept)


def _read(body: bytes, place: str, verdict: Verdict) -> Dataset | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dcmread(io.BytesIO(body))
    except Exception:  # noqa: BLE001 what pydicom cannot read is a failure, whatever it raises
        verdict.fail("read", place, "pydicom cannot read the file")
        return None


def _check_identity(dataset: Dataset, uid: str, task: SeriesTask, place: str, verdict: Verdict) -> None:
    """Names, folders and meta information agree; the cleaning is said as it must be."""
    verdict.count("instances")
    pseudonym, study, series = task.place.split("/")
    meta = str(dataset.file_meta.get("MediaStorageSOPInstanceUID", ""))
    told = {str(dataset.get("SOPInstanceUID", "")), meta, uid}
    if len(told) > 1 or str(dataset.get("StudyInstanceUID", "")) != study:
        verdict.fail("identity", place, "UIDs of file, folder and meta information differ")
    if str(dataset.get("SeriesInstanceUID", "")) != series:
        verdict.fail("identity", place, "the series is not the one it lies in")
    if {str(dataset.get("PatientID", "")), str(dataset.get("PatientName", ""))} != {pseudonym}:
        verdict.fail("identity", place, "Patient ID and Patient's Name are not the pseudonym")
    if any(keyword not in dataset for keyword in _ATTESTED) or dataset.PatientIdentityRemoved != "YES":
        verdict.fail("attestation", place, "what must be said of the de-identification is not said")
    elif "113100" not in {str(c.CodeValue) for c in dataset.DeidentificationMethodCodeSequence}:
        verdict.fail("attestation", place, "the basic profile is not among the methods")


def _check_bytes(body: bytes, wanted: Needles, place: str, verdict: Verdict) -> None:
    verdict.count("bytes", len(body))
    if wanted.in_bytes(body):
        verdict.fail("residue", place, "a known identifier in the file's bytes")


def references(dataset: Dataset) -> set[str]:
    """Instances that an object refers to (PS3.3 10.3, 10.8), at any depth."""
    found: set[str] = set()
    for key in dataset._dict:
        element = dataset.get_item(key)
        if element is not None and element.VR == "SQ":
            for item in dataset[key].value:
                found |= references(item)
        elif int(key) == 0x00081155:
            found.add(str(dataset[key].value))
    return found


@lru_cache(maxsize=4)
def _source(path: Path) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(path, force=True)


def _check_source(path: Path, released: Dataset, task: SeriesTask, place: str, verdict: Verdict) -> None:
    try:
        source = _source(path)
    except OSError:
        verdict.fail("mapping", place, "the source file cannot be read")
        return
    shift = task.person.shift_days if task.person else 0
    compare(source, released, shift, task.claim, verdict, place)


def same_everywhere(uids: Mapping[str, str], seen: dict[str, str], owners: dict[str, str]) -> bool:
    """Whether these pairs keep the map one to one over all series seen so far."""
    return all(seen.setdefault(old, new) == new and owners.setdefault(new, old) == old for old, new in uids.items())
