"""A small good release with its private side, made by hand with pydicom and zipfile: nothing here knows `deid`.

Tests of the verifier change one thing of it at a time and `prove` it.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

from guideit.dicom.facts import attribute_rows
from guideit.trial.release import Counts, Release, ReleaseObject, objects_sorted

SHIFT = -400
PSEUDONYM, OTHER = "DEMO-AAAA", "DEMO-BBBB"
OPTIONS = [
    "clean-descriptors",
    "clean-structured-content",
    "retain-longitudinal-modified-dates",
    "retain-patient-characteristics",
    "retain-safe-private",
]
CT_CLASS, RT_CLASS, XA_CLASS = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.12.1",
)
IDENTIFIERS = frozenset(
    {
        ("name", "Müllerstein^Friederike"),
        ("name", "山田^太郎"),
        ("id", "PAT-778812"),
        ("id", "44556677"),
        ("date", "19560214"),
        ("phone", "+49 30 1234567"),
        ("mail", "f.muellerstein@example.org"),
        ("uid", "1.2.826.0.1.3680043.2.1"),
    }
)
OTHERS = frozenset({("name", "Kowalczyk^Zbigniew"), ("id", "PAT-990017")})
UNLISTED = {
    "C": "00080060 00080008 00080070 00081090 00080100 00080102 00080104 00082112 00400254 30060026 00080005 00185100"
    " 00280004 00280301 00280302 30060042 300600A4 00280006 0040A043 00080016 00080022 00020010 00081199 00081140"
    " 30060010 30060016 30060020 30060039 30060080 30060014 30060012 00089215 00282110",
    "K": "00200013 00200011 00280010 00280011 00280100 00280101 00280102 00280103 00280002 00280030 00180050 00200032"
    " 00200037 00281052 00281053 00180060 7FE00010 00280008 30060022 30060084 30060082 00181271 00201041",
    "U": "00080018 0020000D 0020000E 00081155 00081150 00200052 30060024 0020000D",
    "X": "00104000 00081048",
}


def uid(source: str) -> str:
    """What the release calls a source UID."""
    return f"2.25.{int.from_bytes(hashlib.sha256(source.encode()).digest()[:16], 'big')}"


def moved(day: str) -> str:
    """An ISO day moved by the participant's shift, as a DA."""
    return (date.fromisoformat(day) + timedelta(days=SHIFT)).strftime("%Y%m%d")


def policy() -> dict[str, Any]:
    """A policy as a release states it, derived from the standard's table by hand."""
    actions = {"X/Z": "Z", "X/D": "D", "Z/D": "D", "X/Z/D": "D", "X/Z/U*": "U"}
    rows = {}
    for tag, letters in ((t, a) for a, ts in UNLISTED.items() for t in ts.split()):
        rows[tag] = {"tag": tag, "action": letters, "rule": "unlisted.test"}
    for row in attribute_rows():
        if row.number is None:
            continue
        codes = [row.options[name] for name in OPTIONS if name in row.options]
        code = "C" if "C" in codes else "K" if "K" in codes else actions.get(row.basic, row.basic)
        rows[f"{row.number:08X}"] = {"tag": f"{row.number:08X}", "action": code, "rule": "e1.test"}
    rows["safe"] = {"tag": "0019xx0C SIEMENS MR HEADER", "action": "C", "rule": "e1.retain-safe-private"}
    settings: dict[str, Any] = {"options": OPTIONS, "dates": "shift", "overrides": [], "keep_words": []}
    return {"digest": "ab" * 32, "settings": settings, "decisions": sorted(rows.values(), key=lambda r: r["tag"])}


def _source_ct(number: int) -> FileDataset:
    ds = _dataset(CT_CLASS, f"1.2.3.4.1.{number}", "CT", "1.2.3.4.10")
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SeriesDescription = "chest Müllerstein"
    ds.InstanceNumber, ds.SeriesNumber = str(number), "2"
    ds.Manufacturer = "ACME"
    ds.FrameOfReferenceUID = "1.2.3.4.99"
    ds.KVP, ds.SliceThickness = "120", "2.5"
    ds.PixelSpacing, ds.ImageOrientationPatient = [0.7, 0.7], [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient = [0, 0, 2.5 * number]
    ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    _pixels(ds, bits=16)
    ds.PixelData = bytes((7 * i + number) % 251 for i in range(16 * 16 * 2))
    procedure = Dataset()
    procedure.CodeValue, procedure.CodingSchemeDesignator, procedure.CodeMeaning = "41806-1", "LN", "CT abdomen"
    ds.ProcedureCodeSequence = Sequence([procedure])
    inner = Dataset()
    inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = CT_CLASS, "1.2.3.4.1.1"
    ds.ReferencedImageSequence = Sequence([inner] if number > 1 else [])
    return ds


def _source_rt() -> FileDataset:
    ds = _dataset(RT_CLASS, "1.2.3.4.2.1", "RTSTRUCT", "1.2.3.4.20")
    ds.StructureSetDate = "20200310"
    roi = Dataset()
    roi.ROINumber, roi.ReferencedFrameOfReferenceUID, roi.ROIName = "1", "1.2.3.4.99", "tumour"
    contour, image = Dataset(), Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = CT_CLASS, "1.2.3.4.1.2"
    contour.ContourImageSequence = Sequence([image])
    ds.StructureSetROISequence = Sequence([roi])
    ds.ROIContourSequence = Sequence([contour])
    return ds


def _source_jpeg() -> FileDataset:
    ds = _dataset(XA_CLASS, "1.2.3.4.3.1", "XA", "1.2.3.4.30")
    ds.SeriesDescription = "chest"
    _pixels(ds, bits=8)
    ds.NumberOfFrames = "2"
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    frame = _jpeg(b"by Friederike Mullerstein")
    ds.PixelData = encapsulate([frame, frame])
    ds["PixelData"].is_undefined_length = True
    return ds


def _jpeg(comment: bytes) -> bytes:
    import imagecodecs
    import numpy as np

    plane = (np.indices((16, 16)).sum(axis=0) * 8).astype(np.uint8)
    plain = bytes(imagecodecs.jpeg8_encode(plane, level=95))
    return plain[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + plain[2:]


def _dataset(sop_class: str, sop: str, modality: str, series: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = UID(sop_class), sop
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", series
    ds.Modality = modality
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Müllerstein^Friederike", "PAT-778812", "19560214"
    ds.PatientSex = "F"
    ds.StudyDate, ds.SeriesDate, ds.StudyTime = "20200305", "20200305", "101112"
    ds.AcquisitionDateTime = "20200305101112.5"
    ds.ReferringPhysicianName = "Kowalczyk^Z"
    ds.AccessionNumber = "44556677"
    ds.PatientComments = "call +49 30 1234567"
    return ds


def _pixels(ds: Dataset, *, bits: int) -> None:
    ds.Rows = ds.Columns = 16
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation, ds.SamplesPerPixel, ds.PhotometricInterpretation = 0, 1, "MONOCHROME2"


def _method(code: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
    return item


def cleaned(source: Dataset) -> FileDataset:
    """The source as a steward would clean it by hand."""
    ds: Any = copy.deepcopy(source)
    for element in ds.iterall():
        if element.VR == "UI" and not str(element.value).startswith("1.2.840.10008."):
            element.value = uid(str(element.value))
    ds.PatientName = ds.PatientID = PSEUDONYM
    ds.PatientBirthDate = ds.ReferringPhysicianName = ds.AccessionNumber = ""
    ds.StudyDate = ds.SeriesDate = moved("2020-03-05")
    ds.AcquisitionDateTime = moved("2020-03-05") + "101112.5"
    if "StructureSetDate" in ds:
        ds.StructureSetDate = moved("2020-03-10")
    if "SeriesDescription" in ds:
        ds.SeriesDescription = "chest"
    del ds.PatientComments
    if "ProcedureCodeSequence" in ds:
        del ds.ProcedureCodeSequence
    ds.PatientIdentityRemoved, ds.DeidentificationMethod = "YES", "by hand"
    names = {"113100": "Basic", "113104": "Structured", "113105": "Descriptors", "113107": "Modified dates"}
    names |= {"113108": "Characteristics", "113111": "Safe private"}
    ds.DeidentificationMethodCodeSequence = Sequence([_method(*pair) for pair in names.items()])
    ds.LongitudinalTemporalInformationModified = "MODIFIED"
    if ds.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        frame = _jpeg(bytes(25))
        ds.PixelData = encapsulate([frame, frame])
        ds["PixelData"].is_undefined_length = True
    return ds  # type: ignore[no-any-return]


def written(ds: FileDataset) -> bytes:
    """A Part 10 file with a plain meta information."""
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A pack as a release has it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, body in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 0
            archive.writestr(info, body)
            info.external_attr = 0
    return buffer.getvalue()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """A table's bytes."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


@dataclass
class Draft:
    """A release before it is sealed. Tests change one thing, then `prove`.

    `datasets` are written last; `edits` change a file's bytes, `packs` a pack's, `objects` any other object's.
    `treated` holds by source Series Instance UID what is said of treated pixels.
    """

    sources: dict[str, FileDataset]
    datasets: dict[str, FileDataset]
    policy: dict[str, Any] = field(default_factory=policy)
    edits: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    packs: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    objects: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    extra: dict[str, bytes] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    after_seal: dict[str, Callable[[bytes], bytes] | None] = field(default_factory=dict)
    index: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda rows: rows
    held: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    treated: dict[str, Any] = field(default_factory=dict)

    @property
    def ct(self) -> FileDataset:
        """The first CT slice as released."""
        return self.datasets["1.2.3.4.1.1"]

    @property
    def rt(self) -> FileDataset:
        """The structure set as released."""
        return self.datasets["1.2.3.4.2.1"]

    @property
    def xa(self) -> FileDataset:
        """The compressed object as released."""
        return self.datasets["1.2.3.4.3.1"]


def draft() -> Draft:
    """Three CT slices, a structure set that refers to them, and two compressed frames."""
    sources = [_source_ct(1), _source_ct(2), _source_ct(3), _source_rt(), _source_jpeg()]
    by_uid = {str(ds.SOPInstanceUID): ds for ds in sources}
    return Draft(sources=by_uid, datasets={name: cleaned(ds) for name, ds in by_uid.items()})


def _series(plan: Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, ds in plan.sources.items():
        if name not in plan.left_out:
            found.setdefault(f"{PSEUDONYM}/{uid('1.2.3.4')}/{uid(str(ds.SeriesInstanceUID))}", []).append(name)
    return found


def _frames(body: bytes, at: int) -> list[tuple[int, int]]:
    """Where frames lie in a pack; `at` is where their file begins."""
    native = body.find(b"\xe0\x7f\x10\x00OW\0\0")
    if native >= 0:
        return [(at + native + 12, 512)]
    found, here = [], body.find(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff")
    here += 12 if here >= 0 else len(body) + 1
    while body[here : here + 4] == b"\xfe\xff\x00\xe0":
        length = struct.unpack_from("<I", body, here + 4)[0]
        found.append((at + here + 8, length))
        here += 8 + length
    return found[1:]


def build(plan: Draft, folder: Path) -> Path:
    """Write the release's folder; the seal says what the objects are before `after_seal`."""
    objects: dict[str, bytes] = {}
    rows: list[dict[str, Any]] = []
    for place, members in _series(plan).items():
        files, at = [], 0
        for name in members:
            body = plan.edits.get(name, bytes)(written(plan.datasets[name]))
            entry = plan.names.get(name, f"{uid(name)}.dcm")
            at += 30 + len(entry)
            frames = _frames(body, at)
            rows.append(
                {
                    **dict(zip(("participant", "study", "series"), place.split("/"), strict=True)),
                    "instance": uid(name), "object": f"images/{place}.zip", "offset": at, "length": len(body),
                    "frame_offsets": [f for f, _ in frames], "frame_lengths": [n for _, n in frames],
                    "Modality": str(plan.datasets[name].get("Modality", "")),
                    "StudyDate": str(plan.datasets[name].get("StudyDate", "")),
                }
            )  # fmt: skip
            files.append((entry, body))
            at += len(body)
        pack = zipped(files)
        objects[f"images/{place}.zip"] = plan.packs.get(members[0], bytes)(pack)
    rows = plan.index(rows)
    totals: dict[str, dict[str, Any]] = {}
    for row in rows:
        total = totals.setdefault(row["series"], {k: row[k] for k in ("participant", "study", "series", "object")})
        total["instances"] = total.get("instances", 0) + 1
    objects |= {
        "index/instances.parquet": parquet(rows),
        "index/series.parquet": parquet(list(totals.values())),
        "tables/dm.parquet": parquet([{"participant": PSEUDONYM, "age": "64"}]),
        "tables/dm.csv": f"participant,age\n{PSEUDONYM},64\n".encode(),
        "evidence/policy.json": json.dumps(plan.policy).encode(),
        "evidence/deidentification.json": b"{}\n",
    }
    objects = {path: plan.objects.get(path, bytes)(body) for path, body in (objects | plan.extra).items()}
    _seal(objects, folder, instances=len(plan.sources) - len(plan.left_out), digest=plan.policy["digest"])
    for path, change in plan.after_seal.items():
        target = folder / path
        if change is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(change(target.read_bytes() if target.exists() else b""))
    return folder


def _seal(objects: dict[str, bytes], folder: Path, *, instances: int, digest: str) -> None:
    listed = [ReleaseObject(path=p, size=len(b), sha256=hashlib.sha256(b).hexdigest()) for p, b in objects.items()]
    release = Release(
        trial="demo", version="1.0", title="A trial", date="2026-11-23", licence="CC-BY-4.0", previous=None,
        policy_digest=digest, tool="by hand", objects=objects_sorted(listed),
        counts=Counts(participants=1, studies=1, series=3, instances=instances, tables=1),
    )  # fmt: skip
    for path, body in objects.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    (folder / "release.json").write_text(release.to_json(), encoding="utf-8")
