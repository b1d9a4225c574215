"""The header as columns: what the index of a release says of each instance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from guideit.dicom.dictionary import PUBLIC, TAGS

KEYWORDS = tuple(
    """
    SOPClassUID Modality ImageType StudyDate StudyTime SeriesDate SeriesTime AcquisitionDate AcquisitionTime
    AcquisitionDateTime ContentDate ContentTime StudyDescription SeriesDescription ProtocolName SeriesNumber
    AcquisitionNumber InstanceNumber TemporalPositionIdentifier NumberOfTemporalPositions Manufacturer
    ManufacturerModelName SoftwareVersions BodyPartExamined Laterality ImageLaterality PatientPosition PatientSex
    PatientAge PatientSize PatientWeight FrameOfReferenceUID ClinicalTrialSiteID ClinicalTrialTimePointID Rows
    Columns NumberOfFrames SamplesPerPixel PhotometricInterpretation BitsAllocated BitsStored HighBit
    PixelRepresentation PlanarConfiguration PixelSpacing ImagerPixelSpacing SliceThickness SpacingBetweenSlices
    ImageOrientationPatient ImagePositionPatient SliceLocation GantryDetectorTilt RescaleSlope RescaleIntercept
    RescaleType WindowCenter WindowWidth LossyImageCompression KVP XRayTubeCurrent ExposureTime Exposure FilterType
    ConvolutionKernel SpiralPitchFactor CTDIvol ReconstructionDiameter ScanOptions ContrastBolusAgent
    ContrastBolusRoute MagneticFieldStrength ScanningSequence SequenceVariant MRAcquisitionType SequenceName
    RepetitionTime EchoTime InversionTime FlipAngle EchoTrainLength NumberOfAverages ImagingFrequency ImagedNucleus
    DiffusionBValue ReceiveCoilName PercentSampling PixelBandwidth Units DecayCorrection CountsSource
    AttenuationCorrectionMethod ReconstructionMethod ScatterCorrectionMethod ActualFrameDuration FrameReferenceTime
    SeriesType ConversionType BurnedInAnnotation RecognizableVisualFeatures OverlayBitPosition PresentationLUTShape
    RequestedProcedureDescription
    """.split()  # noqa: SIM905 a list literal of a hundred names is a hundred lines
)
"""Columns by their PS3.6 keyword, in the order of the index."""
_TYPES = {"DS": "double", "FL": "double", "FD": "double", "IS": "int64", "US": "int64", "UL": "int64", "SS": "int64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of the index: keyword, tag, and type (`string`, `int64`, `double`, or a `list<...>` of one)."""

    name: str
    tag: int
    type: str

    @property
    def many(self) -> bool:
        """Whether it holds a list."""
        return self.type.startswith("list<")


def _column(keyword: str) -> Column:
    tag = TAGS[keyword]
    entry = PUBLIC[tag]
    base = _TYPES.get(entry.vr.split(" or ")[0], "string")
    return Column(name=keyword, tag=tag, type=base if entry.vm == "1" else f"list<{base}>")


def _columns() -> tuple[Column, ...]:
    """Overlays repeat; their bit position is looked up by the first group's tag."""
    plain = [keyword for keyword in KEYWORDS if keyword != "OverlayBitPosition"]
    overlay = Column(name="OverlayBitPosition", tag=0x60000102, type="int64")
    return (*(_column(keyword) for keyword in plain), overlay)


COLUMNS = _columns()
BY_TAG: Mapping[int, Column] = {column.tag: column for column in COLUMNS}


@lru_cache(maxsize=65536)
def parsed(tag: int, text: str) -> object:
    """A value's text as its column's type; None where it is empty or of another form."""
    column = BY_TAG[tag]
    base = column.type.removeprefix("list<").removesuffix(">")
    parts = [_one(base, part.strip(" \0")) for part in text.split("\\")]
    return parts if column.many else parts[0]


def _one(base: str, text: str) -> object:
    if not text:
        return None
    if base == "string":
        return text
    try:
        number = float(text)
    except ValueError:
        return None  # the index says nothing where the header says nothing usable
    if not abs(number) < (1 << 63 if base == "int64" else math.inf):
        return None
    return number if base == "double" else int(number)
