"""What interpretation needs of a header, and what a reader needs to know what a file is."""

from __future__ import annotations

from guideit.dicom.dictionary import TAGS

_WORDS = """
ImageType BodyPartExamined PatientPosition Laterality ImageLaterality ViewPosition ScanningSequence SequenceVariant
ScanOptions MRAcquisitionType Units DecayCorrection CorrectedImage SeriesType CountsSource RescaleType
PresentationLUTShape LossyImageCompression PatientSex PatientAge ContentQualification VolumetricProperties Manufacturer
ManufacturerModelName ConvolutionKernel SequenceName SoftwareVersions
"""
_NUMBERS = """
KVP PixelSpacing ImagerPixelSpacing ImageOrientationPatient ImagePositionPatient SliceThickness SpacingBetweenSlices
SliceLocation GantryDetectorTilt RescaleSlope RescaleIntercept WindowCenter WindowWidth RepetitionTime EchoTime
InversionTime FlipAngle EchoTrainLength NumberOfAverages ImagingFrequency MagneticFieldStrength PixelBandwidth
PercentSampling CTDIvol XRayTubeCurrent ExposureTime Exposure SpiralPitchFactor ReconstructionDiameter
DataCollectionDiameter SingleCollimationWidth TotalCollimationWidth DiffusionBValue ActualFrameDuration
FrameReferenceTime DecayFactor PatientSize PatientWeight SeriesNumber AcquisitionNumber InstanceNumber Rows Columns
BitsStored PixelRepresentation NumberOfFrames TemporalPositionIdentifier NumberOfTemporalPositions ImageIndex
RadionuclideTotalDose RadionuclideHalfLife DoseGridScaling
"""
WORDS = frozenset(_WORDS.split())
NUMBERS = frozenset(_NUMBERS.split())
USEFUL = WORDS | NUMBERS
"""Keywords of attributes whose values are compared with the source, at any depth."""
NEEDED = frozenset(
    """
SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality PatientID PatientName PatientSex
PatientBirthDate StudyDate StudyTime AccessionNumber ReferringPhysicianName StudyID SeriesNumber InstanceNumber
Rows Columns BitsAllocated PhotometricInterpretation SamplesPerPixel FrameOfReferenceUID
""".split()  # noqa: SIM905
)
"""Attributes that must be there after as before: of Type 1 and 2 in the modules of most images (PS3.3 C.7)."""
VALUED = frozenset(
    """
SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality PatientID Rows Columns BitsAllocated
PhotometricInterpretation SamplesPerPixel FrameOfReferenceUID
""".split()  # noqa: SIM905
)
"""Those that must also have a value (Type 1), and the pseudonym."""
STRUCTURE = (
    USEFUL
    | NEEDED
    | frozenset(
        """
BurnedInAnnotation ConversionType LengthToEnd MIMETypeOfEncapsulatedDocument RecognizableVisualFeatures
SeriesDescription SpecificCharacterSet StudyDescription ProtocolName RequestedProcedureDescription ImageComments
SequenceName BitsAllocated CodeValue CodingSchemeDesignator CodeMeaning LongCodeValue URNCodeValue
ContextGroupVersion
""".split()  # noqa: SIM905
    )
)
"""Nothing is planted there by the way: without them a reader does not know what a file is, or holds it back."""
BY_TAG = {TAGS[keyword]: keyword for keyword in USEFUL if keyword in TAGS}
"""Useful keywords by tag."""
