"""CT slices to measure with: pydicom's bundled CT header filled up to 150 elements, 512 x 512 procedural pixels."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

SLICES = 200
"""Slices of one series; ten series make a participant."""
ROOT = "1.2.826.0.1.3680043.8.498.45787841905473114233.1000"
"""UIDs begin like a scanner's: some tools refuse shorter ones."""


def _template() -> Dataset:
    """A CT object with nested sequences and private elements, as scanners write them."""
    ds = dcmread(str(get_testdata_file("CT_small.dcm")))
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    del ds[0xFFFCFFFC]  # trailing padding
    for own in [e.tag for e in ds if e.tag.is_private]:
        del ds[own]
    ds.Rows = ds.Columns = 512
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    for keyword, value in _EXTRA.items():
        setattr(ds, keyword, value)
    for sequence in ("ProcedureCodeSequence", "RequestAttributesSequence", "ReferencedImageSequence"):
        setattr(ds, sequence, Sequence([_item(n) for n in range(2)]))
    for group, creator in ((0x0019, "GEMS_ACQU_01"), (0x0043, "GEMS_PARM_01"), (0x0045, "GEMS_HELIOS_01")):
        block = ds.private_block(group, creator, create=True)
        for element in range(1, 12):
            block.add_new(element, "DS", f"{element}.5")
    return ds


_EXTRA = {
    "InstitutionName": "Klinikum Musterstadt",
    "InstitutionAddress": "Musterstrasse 1, 12345 Musterstadt",
    "StationName": "CT99",
    "StudyDescription": "CT Thorax Abdomen nativ",
    "SeriesDescription": "Abdomen 1.0 B30f venous Mustermann",
    "ProtocolName": "Abdomen Routine",
    "OperatorsName": "Beispiel^Erika",
    "PerformingPhysicianName": "Muster^Max",
    "DeviceSerialNumber": "987654",
    "CTDIvol": 7.25,
    "SpiralPitchFactor": 0.9,
    "ExposureTime": "500",
    "ContrastBolusAgent": "Iodine",
    "RequestedProcedureDescription": "CT Abdomen",
    "PerformedProcedureStepStartDate": "20200312",
    "PerformedProcedureStepStartTime": "101112",
    "PerformedProcedureStepID": "PPS1",
    "PerformedProcedureStepDescription": "CT Abdomen",
}


def _item(number: int) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "77477000", "SCT", "Computed tomography"
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = f"1.2.3.4.5.{number}"
    return item


def make(folder: Path, count: int) -> int:
    """Write `count` slices of about 540 kB; returns how many elements each has."""
    ds = _template()
    rng = numpy.random.default_rng(7)
    pixels = rng.normal(0, 200, (512, 512)).astype("<i2")
    for number in range(count):
        patient, series = number // (10 * SLICES), number // SLICES
        ds.PatientID, ds.PatientName = f"PAT{patient:05d}", f"Mustermann{patient}^Maxi"
        ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.{patient}", f"{ROOT}.{patient}.{series}"
        ds.SOPInstanceUID = UID(f"{ROOT}.{patient}.{series}.{number}")
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.InstanceNumber = str(number % SLICES + 1)
        ds.ImagePositionPatient = ["-250.0", "-250.0", f"{-1.25 * (number % SLICES):.2f}"]
        ds.SliceLocation = f"{-1.25 * (number % SLICES):.2f}"
        ds.BodyPartExamined = "ABDOMEN"
        ds.PixelData = numpy.roll(pixels, number % 512, axis=0).tobytes()
        target = folder / f"series{series:04d}"
        target.mkdir(parents=True, exist_ok=True)
        buffer = BytesIO()
        dcmwrite(buffer, ds, enforce_file_format=True)
        (target / f"{number:06d}.dcm").write_bytes(buffer.getvalue())
    return sum(1 for _ in ds.iterall())
