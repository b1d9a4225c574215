"""DICOM objects of the example trial: pydicom's bundled real headers, procedural pixels, made-up people.

Every builder returns a whole `Dataset` with file meta; nothing here writes a file.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from guideit.testing.people import Person
from guideit.testing.volumes import Grid

ROOT = "1.2.826.0.1.3680043.10.1400"
"""A made-up branch below a root that Medical Connections gives away: these objects exist nowhere else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """Where an object belongs: whose, when, which series.

    Attributes:
        person: The participant.
        visit: Id of the trial's visit.
        day: Day of the study.
        series: Number of the series in the study.
        description: Series Description (0008,103E).
    """

    person: Person
    visit: str
    day: date
    series: int
    description: str

    @property
    def study_uid(self) -> str:
        """Study Instance UID; holds the study's date, as real ones often do."""
        return uid("study", self.person.source_id, self.day.isoformat(), stamp=self.day)

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return uid("series", self.study_uid, str(self.series), stamp=self.day)

    @property
    def frame_uid(self) -> str:
        """Frame of Reference UID: one for the study."""
        return uid("frame", self.study_uid)

    def instance_uid(self, number: int) -> str:
        """SOP Instance UID of instance `number` of the series."""
        return uid("instance", self.series_uid, str(number))


def uid(*parts: str, stamp: date | None = None) -> str:
    """A UID that depends on `parts` only, with `stamp`'s date in it where given."""
    number = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:8], "big")
    return f"{ROOT}.{stamp:%Y%m%d}.{number}" if stamp else f"{ROOT}.{number}"


@lru_cache(maxsize=8)
def _bundled(name: str) -> Dataset:
    """A real object that ships in pydicom's wheel, without pixels and UIDs of its own series."""
    path = get_testdata_file(name, download=False)
    header = pydicom.dcmread(str(path))
    for keyword in ("PixelData", "DataSetTrailingPadding", "PixelPaddingValue", "Laterality"):
        if keyword in header:
            del header[keyword]
    return header


def stamp_identity(ds: Dataset, scan: Scan, number: int, sop_class: UID) -> None:
    """Write whose, when and which into a header, with the free text a hospital leaves there."""
    who, day = scan.person, f"{scan.day:%Y%m%d}"
    charset = list(who.hospital.charset)
    ds.SpecificCharacterSet = charset[0] if len(charset) == 1 else charset
    ds.PatientName, ds.PatientID = who.name, who.source_id
    ds.PatientBirthDate, ds.PatientSex = f"{who.birth:%Y%m%d}", who.sex
    ds.PatientAge = f"{who.age_on(scan.day):03d}Y"
    ds.PatientAddress, ds.PatientTelephoneNumbers = who.street, who.phone
    ds.InstitutionName, ds.ReferringPhysicianName = who.hospital.title, who.hospital.doctor
    ds.OperatorsName = "Schmidt^Op" if who.hospital.country == "DE" else "Operator^Three"
    ds.AccessionNumber = f"{who.accession[:8]}{scan.day:%j}"
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"):
        setattr(ds, keyword, day)
    ds.StudyTime, ds.SeriesTime, ds.ContentTime = (
        "101500",
        f"1020{scan.series % 60:02d}",
        f"1025{scan.series % 60:02d}",
    )
    ds.AcquisitionTime = f"1021{number % 60:02d}.125000"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = scan.study_uid, scan.series_uid
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = scan.frame_uid, ""
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, scan.instance_uid(number)
    ds.SeriesNumber, ds.InstanceNumber, ds.StudyID = scan.series, number, who.accession[:6]
    ds.StudyDescription = f"Trial {scan.visit} {who.plain_name.split()[-1]} {scan.day:%d.%m.%Y}"
    ds.SeriesDescription = scan.description
    ds.ImageComments = f"{who.plain_name}, geb. {who.birth:%d.%m.%Y}, Tel. {who.phone}; breath-hold good"
    _request(ds, scan)


def _request(ds: Dataset, scan: Scan) -> None:
    """A request with names in nested items, and a private block that repeats the name."""
    who = scan.person
    step = Dataset()
    step.RequestedProcedureID = who.accession
    step.ScheduledProcedureStepDescription = f"Follow-up {who.plain_name}"
    step.RequestedProcedureDescription = "CT abdomen portal venous"
    step.ScheduledProtocolCodeSequence = Sequence([_code("RPID22", "RADLEX", "CT Abdomen W contrast")])
    ds.RequestAttributesSequence = Sequence([step])
    block = ds.private_block(0x0033, "GUIDEIT EXAMPLE RIS", create=True)
    block.add_new(0x01, "PN", who.name.split("=")[0])
    nested = Dataset()
    nested.PatientName, nested.PatientComments = who.name.split("=")[0], f"call {who.phone} or {who.mail}"
    block.add_new(0x02, "SQ", Sequence([nested]))


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


code = _code
"""A coded entry (PS3.3 section 8.8): value, scheme, meaning."""


def file_meta(ds: Dataset, syntax: UID = ExplicitVRLittleEndian) -> None:
    """Give `ds` the file meta a scanner writes, Source Application Entity Title included."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(f"{ROOT}.1")
    meta.ImplementationVersionName = "EXAMPLE_1"
    meta.SourceApplicationEntityTitle = "NORDCT01"
    ds.file_meta = meta


def set_plane(ds: Dataset, grid: Grid, index: int) -> None:
    """Geometry of slice `index` (PS3.3 C.7.6.2)."""
    ds.ImagePositionPatient = [f"{v:.4f}".rstrip("0").rstrip(".") for v in grid.position(index)]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.PixelSpacing = [f"{grid.spacing[1]:.6f}", f"{grid.spacing[2]:.6f}"]
    ds.SliceThickness = ds.SpacingBetweenSlices = f"{grid.spacing[0]:g}"
    ds.SliceLocation = f"{grid.position(index)[2]:g}"


def set_pixels(ds: Dataset, plane: NDArray[np.int16] | NDArray[np.uint16]) -> None:
    """16-bit monochrome pixels, (rows, columns) or (frames, rows, columns), little endian."""
    ds.Rows, ds.Columns = plane.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(plane.dtype.kind == "i")
    vr = "SS" if ds.PixelRepresentation else "US"
    for keyword, value in (
        ("SmallestImagePixelValue", plane.min()),
        ("LargestImagePixelValue", plane.max()),
    ):
        ds.add_new(keyword, vr, int(value))
    ds.add_new("PixelData", "OW", plane.astype(plane.dtype.newbyteorder("<")).tobytes())


def _image(base: str, scan: Scan, number: int, sop_class: UID) -> Dataset:
    ds = copy.deepcopy(_bundled(base))
    stamp_identity(ds, scan, number, sop_class)
    file_meta(ds)
    return ds


def ct_slice(scan: Scan, grid: Grid, index: int, plane: NDArray[np.int16]) -> Dataset:
    """A CT slice on pydicom's real GE header (private groups 0009 to 0045 and all); `plane` in HU."""
    ds = _image("CT_small.dcm", scan, index + 1, CTImageStorage)
    ds.Modality, ds.BodyPartExamined, ds.ProtocolName = "CT", "ABDOMEN", "Abdomen portal venous 5mm"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientPosition, ds.GantryDetectorTilt, ds.KVP = "HFS", "0", "120"
    ds.CTDIvol, ds.BurnedInAnnotation = 7.25, "NO"
    set_plane(ds, grid, index)
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
    set_pixels(ds, (plane + 1024).astype(np.int16))
    return ds


def pet_slice(scan: Scan, grid: Grid, index: int, plane: NDArray[np.float32]) -> Dataset:
    """A PET slice in Bq/ml with radiopharmaceutical, decay correction and Philips' private SUV factor."""
    ds = _image("MR_small.dcm", scan, index + 1, PositronEmissionTomographyImageStorage)
    for element in [e for e in ds if e.tag.group == 0x0018]:
        del ds[element.tag]
    ds.Modality, ds.BodyPartExamined, ds.PatientWeight = "PT", "ABDOMEN", "78"
    ds.ImageType, ds.Units, ds.DecayCorrection = ["ORIGINAL", "PRIMARY"], "BQML", "START"
    ds.CorrectedImage, ds.SeriesType = ["DECY", "ATTN", "SCAT"], ["STATIC", "IMAGE"]
    ds.ActualFrameDuration, ds.FrameReferenceTime, ds.ImageIndex = "120000", "60000", index + 1
    ds.NumberOfSlices, ds.CountsSource = grid.shape[0], "EMISSION"
    ds.CollimatorType, ds.DecayFactor = "", "1.0824"
    ds.PatientOrientationCodeSequence = ds.PatientGantryRelationshipCodeSequence = Sequence([])
    tracer = Dataset()
    tracer.Radiopharmaceutical = "FDG"
    tracer.RadiopharmaceuticalStartDateTime = f"{scan.day:%Y%m%d}091500.00"
    tracer.RadiopharmaceuticalStartTime = "091500.00"
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = "310000000", "6586.2"
    tracer.RadionuclideCodeSequence = Sequence([_code("C-111A1", "SRT", "^18^Fluorine")])
    ds.RadiopharmaceuticalInformationSequence = Sequence([tracer])
    ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, "DS", "0.000412")
    set_plane(ds, grid, index)
    slope = max(float(plane.max()), 1.0) / 32767
    ds.RescaleIntercept, ds.RescaleSlope = "0", f"{slope:.10g}"
    set_pixels(ds, np.round(plane / float(ds.RescaleSlope)).astype(np.int16))
    return ds


def mr_slice(scan: Scan, grid: Grid, index: int, plane: NDArray[np.float32], b_value: int) -> Dataset:
    """An MR slice; diffusion-weighted ones (`b_value` ≥ 0) say so in private elements only."""
    weighted = b_value >= 0
    ds = _image("MR_small.dcm", scan, index + 1 + 1000 * max(b_value, 0), MRImageStorage)
    ds.Modality, ds.BodyPartExamined = "MR", "PROSTATE"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION" if weighted else "M"]
    ds.Manufacturer, ds.ManufacturerModelName = ("SIEMENS", "Skyra") if weighted else ("GE MEDICAL SYSTEMS", "MR750")
    ds.ProtocolName, ds.MagneticFieldStrength = ("ep2d_diff_tra" if weighted else "t2_tse_tra"), "3"
    ds.ScanningSequence, ds.EchoTime, ds.RepetitionTime = ("EP", "62", "5200") if weighted else ("SE", "101", "4900")
    ds.AcquisitionNumber = max(b_value, 0) // 100 + 1
    if weighted:
        block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0C, "IS", str(b_value))
        block.add_new(0x0D, "CS", "DIRECTIONAL" if b_value else "NONE")
        gems = ds.private_block(0x0043, "GEMS_PARM_01", create=True)
        gems.add_new(0x39, "IS", [b_value, 8, 0, 0])
        csa = f"SV10 PatientName {scan.person.source_id} ".encode("ascii")
        ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa + b"\0" * (len(csa) % 2))
    set_plane(ds, grid, index)
    set_pixels(ds, np.clip(np.round(plane), 0, 4000).astype(np.int16))
    return ds
