"""Objects that refer to images (RTSTRUCT, SEG, SR), and those that must be held back (captures, PDF)."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    EnhancedCTImageStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
    UltrasoundImageStorage,
)

from guideit.testing.objects import Scan, code, file_meta, set_pixels, stamp_identity, uid
from guideit.testing.volumes import Grid, Lesion, contour, lesion_mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The image series a derived object is about: its scan, grid, SOP class and instances in slice order."""

    scan: Scan
    grid: Grid
    sop_class: UID
    instances: tuple[str, ...]

    def references(self) -> Items[Dataset]:
        """One reference per instance (PS3.3 Table 10-11)."""
        return [reference(self.sop_class, instance) for instance in self.instances]


def reference(sop_class: UID | str, instance: str) -> Dataset:
    """An SOP Instance Reference."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
    return item


def _derived(scan: Scan, modality: str, sop_class: UID, number: int = 1) -> Dataset:
    ds = Dataset()
    stamp_identity(ds, scan, number, sop_class)
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = modality, "guideit example", "phantom"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "SN-448812", "1.0"
    file_meta(ds)
    return ds


def rtstruct(scan: Scan, source: Source, lesion: Lesion) -> Dataset:
    """A structure set with the lesion's contours on the slices of `source` (PS3.3 A.19)."""
    ds = _derived(scan, "RTSTRUCT", RTStructureSetStorage)
    who = scan.person
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "GTV", ds.StudyDate, "111500"
    ds.StructureSetName = f"GTV {who.plain_name}"
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = source.scan.series_uid
    series.ContourImageSequence = Sequence(source.references())
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = source.scan.study_uid
    study.RTReferencedSeriesSequence = Sequence([series])
    frame.FrameOfReferenceUID = source.scan.frame_uid
    frame.RTReferencedStudySequence = Sequence([study])
    ds.ReferencedFrameOfReferenceSequence = Sequence([frame])
    roi, drawn, observed = Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = 1, "GTV lesion 1", "MANUAL"
    roi.ReferencedFrameOfReferenceUID = source.scan.frame_uid
    roi.ROIDescription = f"drawn for {who.plain_name} on {scan.day:%d.%m.%Y}"
    drawn.ReferencedROINumber, drawn.ROIDisplayColor = 1, [255, 0, 0]
    drawn.ContourSequence = Sequence(_contours(source, lesion))
    observed.ObservationNumber = observed.ReferencedROINumber = 1
    observed.RTROIInterpretedType, observed.ROIInterpreter = "GTV", who.hospital.doctor
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence([roi]), Sequence([drawn])
    ds.RTROIObservationsSequence = Sequence([observed])
    return ds


def _contours(source: Source, lesion: Lesion) -> list[Dataset]:
    items = []
    for index, instance in enumerate(source.instances):
        points = contour(source.grid, lesion, index)
        if points:
            item = Dataset()
            item.ContourImageSequence = Sequence([reference(source.sop_class, instance)])
            item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(points) // 3
            item.ContourData = [f"{p:g}" for p in points]
            items.append(item)
    return items


def segmentation(scan: Scan, source: Source, lesion: Lesion) -> Dataset:
    """A binary SEG of the lesion, one frame per slice it touches (PS3.3 A.51)."""
    ds = _derived(scan, "SEG", SegmentationStorage)
    mask = lesion_mask(source.grid, lesion)
    used = [i for i in range(len(source.instances)) if mask[i].any()]
    ds.ImageType, ds.ContentLabel, ds.ContentDescription = ["DERIVED", "PRIMARY"], "LESION", "Lesion 1"
    ds.ContentCreatorName, ds.SegmentationType = scan.person.hospital.doctor, "BINARY"
    ds.Rows, ds.Columns, ds.NumberOfFrames = *mask.shape[1:], len(used)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.LossyImageCompression = 1, "MONOCHROME2", "00"
    ds.BitsAllocated = ds.BitsStored = 1
    ds.HighBit = ds.PixelRepresentation = 0
    referenced = Dataset()
    referenced.SeriesInstanceUID = source.scan.series_uid
    referenced.ReferencedInstanceSequence = Sequence(source.references())
    ds.ReferencedSeriesSequence = Sequence([referenced])
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel, segment.SegmentAlgorithmType = 1, "Lesion", "MANUAL"
    segment.SegmentedPropertyCategoryCodeSequence = Sequence(
        [code("49755003", "SCT", "Morphologically Altered Structure")]
    )
    segment.SegmentedPropertyTypeCodeSequence = Sequence([code("52988006", "SCT", "Lesion")])
    ds.SegmentSequence = Sequence([segment])
    _dimension(ds)
    ds.SharedFunctionalGroupsSequence = Sequence([shared_plane(source.grid)])
    ds.PerFrameFunctionalGroupsSequence = Sequence([_segment_frame(source, n, i) for n, i in enumerate(used)])
    ds.PixelData = pack_bits(mask[used].astype(np.uint8))
    ds["PixelData"].VR = "OB"
    return ds


def _dimension(ds: Dataset) -> None:
    """One dimension, the position in the patient (PS3.3 C.7.6.17)."""
    organization = uid("dimension", ds.SOPInstanceUID)
    ds.DimensionOrganizationSequence = Sequence([_item(DimensionOrganizationUID=organization)])
    position = _item(
        DimensionOrganizationUID=organization,
        DimensionIndexPointer=0x00200032,
        FunctionalGroupPointer=0x00209113,
    )
    ds.DimensionIndexSequence = Sequence([position])


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def shared_plane(grid: Grid) -> Dataset:
    """Shared functional groups: orientation and pixel measures (PS3.3 C.7.6.16)."""
    measures = _item(
        PixelSpacing=[f"{grid.spacing[1]:.6f}", f"{grid.spacing[2]:.6f}"],
        SliceThickness=f"{grid.spacing[0]:g}",
        SpacingBetweenSlices=f"{grid.spacing[0]:g}",
    )
    orientation = _item(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])
    return _item(PixelMeasuresSequence=Sequence([measures]), PlaneOrientationSequence=Sequence([orientation]))


def _frame_plane(grid: Grid, number: int, index: int) -> Dataset:
    position = [f"{v:.4f}" for v in grid.position(index)]
    content = _item(DimensionIndexValues=[number + 1])
    return _item(
        FrameContentSequence=Sequence([content]),
        PlanePositionSequence=Sequence([_item(ImagePositionPatient=position)]),
    )


def _segment_frame(source: Source, number: int, index: int) -> Dataset:
    frame = _frame_plane(source.grid, number, index)
    frame.SegmentIdentificationSequence = Sequence([_item(ReferencedSegmentNumber=1)])
    image = reference(source.sop_class, source.instances[index])
    image.PurposeOfReferenceCodeSequence = Sequence([code("121322", "DCM", "Source of Measurement")])
    segmented = code("113076", "DCM", "Segmentation")
    derivation = _item(SourceImageSequence=Sequence([image]), DerivationCodeSequence=Sequence([segmented]))
    frame.DerivationImageSequence = Sequence([derivation])
    return frame


def enhanced_ct(scan: Scan, grid: Grid, volume: NDArray[np.float32]) -> Dataset:
    """The whole volume as one Enhanced CT object, positions per frame (PS3.3 A.38)."""
    ds = _derived(scan, "CT", EnhancedCTImageStorage)
    ds.ImageType, ds.ContentQualification = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], "RESEARCH"
    ds.BodyPartExamined, ds.BurnedInAnnotation, ds.LossyImageCompression = "ABDOMEN", "NO", "00"
    ds.VolumetricProperties, ds.PixelPresentation = "VOLUME", "MONOCHROME"
    ds.AcquisitionDateTime = f"{scan.day:%Y%m%d}102112.000+0100"
    ds.NumberOfFrames = grid.shape[0]
    _dimension(ds)
    shared = shared_plane(grid)
    transform = _item(RescaleIntercept="-1024", RescaleSlope="1", RescaleType="HU")
    shared.PixelValueTransformationSequence = Sequence([transform])
    anatomy = _item(FrameLaterality="U", AnatomicRegionSequence=Sequence([code("818981001", "SCT", "Abdomen")]))
    shared.FrameAnatomySequence = Sequence([anatomy])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for index in range(grid.shape[0]):
        frame = _frame_plane(grid, index, index)
        frame.FrameContentSequence[0].FrameAcquisitionDateTime = f"{scan.day:%Y%m%d}1021{index % 60:02d}.000+0100"
        frame.FrameContentSequence[0].FrameComments = f"{scan.person.plain_name} breathing"
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    set_pixels(ds, np.round(volume + 1024).astype(np.int16))
    return ds


def measurement_report(scan: Scan, source: Source, diameter: float) -> Dataset:
    """A Comprehensive SR: one diameter with its image, and what a radiologist dictated (PS3.3 A.35.3)."""
    ds = _derived(scan, "SR", ComprehensiveSRStorage)
    who = scan.person
    ds.CompletionFlag, ds.VerificationFlag, ds.ContinuityOfContent = "COMPLETE", "UNVERIFIED", "SEPARATE"
    ds.ValueType = "CONTAINER"
    ds.ReferencedPerformedProcedureStepSequence = ds.PerformedProcedureCodeSequence = Sequence([])
    ds.ConceptNameCodeSequence = Sequence([code("126000", "DCM", "Imaging Measurement Report")])
    middle = source.instances[len(source.instances) // 2]
    length = _content("NUM", code("410668003", "SCT", "Length"))
    unit = Sequence([code("mm", "UCUM", "millimeter")])
    length.MeasuredValueSequence = Sequence([_item(NumericValue=f"{diameter:.1f}", MeasurementUnitsCodeSequence=unit)])
    image = _content("IMAGE", None, relation="INFERRED FROM")
    image.ReferencedSOPSequence = Sequence([reference(source.sop_class, middle)])
    length.ContentSequence = Sequence([image])
    observer = _content("PNAME", code("121008", "DCM", "Person Observer Name"), relation="HAS OBS CONTEXT")
    observer.PersonName = who.hospital.doctor
    text = _content("TEXT", code("121071", "DCM", "Finding"))
    text.TextValue = f"{who.plain_name} (born {who.birth:%d.%m.%Y}): lesion in the liver, no ascites."
    when = _content("DATETIME", code("111526", "DCM", "DateTime Started"))
    when.DateTime = f"{scan.day:%Y%m%d}112000"
    ds.ContentSequence = Sequence([observer, length, text, when])
    evidence = _item(
        StudyInstanceUID=source.scan.study_uid,
        ReferencedSeriesSequence=Sequence(
            [
                _item(
                    SeriesInstanceUID=source.scan.series_uid,
                    ReferencedSOPSequence=Sequence([reference(source.sop_class, middle)]),
                )
            ]
        ),
    )
    ds.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])
    return ds


def _content(value_type: str, name: Dataset | None, relation: str = "CONTAINS") -> Dataset:
    item = _item(RelationshipType=relation, ValueType=value_type)
    if name is not None:
        item.ConceptNameCodeSequence = Sequence([name])
    return item


def _colour(ds: Dataset, rows: int, columns: int, seed: int) -> None:
    """RGB pixels with a white bar where captures carry burned-in text."""
    plane = np.random.default_rng(seed).integers(0, 90, (rows, columns, 3), dtype=np.uint8)
    plane[4:16, 4 : columns // 2 : 2] = 255
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PlanarConfiguration = rows, columns, 3, 0
    ds.PhotometricInterpretation, ds.PixelRepresentation = "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds.add_new("PixelData", "OB", plane.tobytes())


def ultrasound(scan: Scan) -> Dataset:
    """An ultrasound frame: its pixels carry burned-in text by nature."""
    ds = _derived(scan, "US", UltrasoundImageStorage)
    ds.ImageType, ds.BodyPartExamined = ["ORIGINAL", "PRIMARY", "ABDOMINAL"], "LIVER"
    _colour(ds, 120, 160, scan.series)
    return ds


def secondary_capture(scan: Scan) -> Dataset:
    """A screen capture stored with the CT, Burned In Annotation YES."""
    ds = _derived(scan, "CT", SecondaryCaptureImageStorage)
    ds.ImageType, ds.ConversionType, ds.BurnedInAnnotation = (
        ["DERIVED", "SECONDARY", "SCREEN SAVE"],
        "WSD",
        "YES",
    )
    _colour(ds, 96, 128, scan.series)
    return ds


def encapsulated_pdf(scan: Scan) -> Dataset:
    """A letter as an Encapsulated PDF, with the name in the document."""
    ds = _derived(scan, "DOC", EncapsulatedPDFStorage)
    ds.BurnedInAnnotation, ds.DocumentTitle = "YES", f"Letter about {scan.person.plain_name}"
    ds.ConversionType, ds.AcquisitionDateTime = "WSD", f"{scan.day:%Y%m%d}"
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    body = f"%PDF-1.4\n% {scan.person.plain_name}\n%%EOF\n".encode()
    ds.EncapsulatedDocument = body + b"\0" * (len(body) % 2)
    ds.ConceptNameCodeSequence = Sequence([code("11528-7", "LN", "Radiology report")])
    return ds
