"""Places of the planted corpus beyond public text attributes: file frame, private, pixels, other scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, JPEGBaseline8Bit

from guideit.quality.planting.values import raw
from guideit.testing import planted
from guideit.testing.objects import code

if TYPE_CHECKING:
    from guideit.testing.planted import _Planter

After = Callable[[bytes], bytes]


def preamble(planter: _Planter, ds: Dataset) -> After:
    """The 128 bytes before DICM."""
    name = planter.name("preamble").encode()
    return lambda body: name.ljust(128, b"\0") + body[128:]


def after_the_end(planter: _Planter, ds: Dataset) -> After:
    """Bytes behind the last element."""
    name = planter.name("after the data set").encode()
    return lambda body: body + name + b"\0" * (len(name) % 2)


def trailing_padding(planter: _Planter, ds: Dataset) -> None:
    """Data Set Trailing Padding (FFFC,FFFC)."""
    ds[0xFFFCFFFC] = raw(0xFFFCFFFC, "OB", planter.name("(FFFC,FFFC)"))


def pixel_padding(planter: _Planter, ds: Dataset) -> None:
    """Pixel Data longer than the image."""
    name = planter.name("behind the pixels").encode()
    ds.PixelData = ds.PixelData + name + b"\0" * (len(name) % 2)


def meta(planter: _Planter, ds: Dataset) -> None:
    """Application entities and private information in the file meta (PS3.10 section 7.1)."""
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle"):
        setattr(ds.file_meta, keyword, planter.name(keyword))
    ds.file_meta.ImplementationVersionName = planter.name("ImplementationVersionName")
    ds.file_meta.PrivateInformationCreatorUID = UID("1.2.840.99999.1")
    body = planter.name("PrivateInformation").encode()
    ds.file_meta.PrivateInformation = body + b"\0" * (len(body) % 2)


def private(planter: _Planter, ds: Dataset) -> None:
    """Private elements of each text VR, UN, a private sequence, a creator, an element without a creator."""
    ds[0x00110010] = raw(0x00110010, "LO", planter.name("private creator"))
    for turn, vr in enumerate(sorted(planted.TEXT_VRS | {"UN", "OB"})):
        tag = 0x00111001 + turn
        ds[tag] = raw(tag, vr, planter.name(f"private {vr}"))
    item = Dataset()
    item[0x00110010] = raw(0x00110010, "LO", "GUIDEIT EXAMPLE RIS")
    item[0x00111001] = raw(0x00111001, "LO", planter.name("private, nested in private"))
    item.PatientName = planter.name("Patient's Name in a private sequence")
    ds.add_new(0x00111040, "SQ", Items([item]))
    ds[0x00131001] = raw(0x00131001, "LO", planter.name("private without creator"))


def safe_private(planter: _Planter, ds: Dataset) -> None:
    """Names where the table of safe private attributes expects numbers (PS3.15 Table E.3.10-1)."""
    siemens = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    ds[siemens.get_tag(0x0C)] = raw(siemens.get_tag(0x0C), "IS", planter.name("safe private IS"))
    ds[siemens.get_tag(0x0D)] = raw(siemens.get_tag(0x0D), "CS", planter.name("safe private CS"))
    philips = ds.private_block(0x7053, "Philips PET Private Group", create=True)
    ds[philips.get_tag(0x00)] = raw(philips.get_tag(0x00), "UN", planter.name("safe private UN"))


def un_sequence(planter: _Planter, ds: Dataset) -> None:
    """A private sequence hidden in UN bytes (implicit little endian, PS3.5 section 6.2.2)."""
    text = planter.name("sequence within UN").encode() + b" " * (len(f"{planted.FAMILY}00000") % 2)
    element = b"\x10\x00\x10\x00" + len(text).to_bytes(4, "little") + text
    item = b"\xfe\xff\x00\xe0" + len(element).to_bytes(4, "little") + element
    ds[0x00150010] = raw(0x00150010, "LO", "GUIDEIT EXAMPLE RIS")
    ds[0x00151001] = raw(0x00151001, "UN", item)


def overlay(planter: _Planter, ds: Dataset) -> None:
    """Text within overlay bits, and its label and description."""
    body = planter.name("overlay data").encode()
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60000011, "US", 8 * len(body))
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [1, 1])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds[0x60000022] = raw(0x60000022, "LO", planter.name("overlay description"))
    ds[0x60001500] = raw(0x60001500, "LO", planter.name("overlay label"))
    ds.add_new(0x60003000, "OW", body + b"\0" * (len(body) % 2))


def curve(planter: _Planter, ds: Dataset) -> None:
    """Curve and audio data of old groups 50xx."""
    ds[0x50002500] = raw(0x50002500, "LO", planter.name("curve label"))
    ds[0x5000200C] = raw(0x5000200C, "OB", planter.name("audio sample data"))
    ds[0x50003000] = raw(0x50003000, "OB", planter.name("curve data"))


def icon(planter: _Planter, ds: Dataset) -> None:
    """Text within an icon's pixels."""
    body, item = planter.name("icon pixels").encode(), Dataset()
    item.Rows, item.Columns, item.BitsAllocated, item.SamplesPerPixel = 4, len(body) // 4 + 1, 8, 1
    item.PhotometricInterpretation, item.BitsStored, item.HighBit = "MONOCHROME2", 8, 7
    item.PixelRepresentation = 0
    item.add_new("PixelData", "OB", body.ljust(4 * (len(body) // 4 + 1), b"\0"))
    ds.IconImageSequence = Items([item])


def bulk(planter: _Planter, ds: Dataset) -> None:
    """Text in binary elements (signature, encrypted content, ICC profile) and in an unknown public one."""
    for tag, vr in ((0x04000310, "OB"), (0x04000520, "OB"), (0x00282000, "OB"), (0x00090001, "LO")):
        ds[tag] = raw(tag, vr, planter.name(f"({tag >> 16:04X},{tag & 0xFFFF:04X})"))
    ds[0x00080FF1] = raw(0x00080FF1, "LO", planter.name("(0008,0FF1), in no dictionary"))


def jpeg_comment(planter: _Planter, ds: Dataset) -> None:
    """COM and APP1 segments of a JPEG codestream."""
    stream = bytes(imagecodecs.jpeg8_encode(np.arange(64, dtype=np.uint8).reshape(8, 8)))
    segments = b""
    for marker in (b"\xff\xfe", b"\xff\xe1"):
        body = planter.name(f"JPEG segment {marker.hex().upper()}").encode()
        segments += marker + (len(body) + 2).to_bytes(2, "big") + body
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    del ds["SmallestImagePixelValue"], ds["LargestImagePixelValue"]
    ds.PixelData = encapsulate([stream[:2] + segments + stream[2:]])
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit


def codes(planter: _Planter, ds: Dataset) -> None:
    """Names in code meanings, and in the text and person items of a content tree."""
    ds.AnatomicRegionSequence = Items([code("818981001", "SCT", planter.name("code meaning"))])
    text, person = Dataset(), Dataset()
    text.RelationshipType, text.ValueType = "CONTAINS", "TEXT"
    text.ConceptNameCodeSequence = Items([code("121071", "DCM", "Finding")])
    text.TextValue = f"Lesion of {planter.name('SR text')}"
    person.RelationshipType, person.ValueType = "HAS OBS CONTEXT", "PNAME"
    person.ConceptNameCodeSequence = Items([code("121008", "DCM", "Person Observer Name")])
    person.PersonName = planter.name("SR person name")
    ds.ContentSequence = Items([text, person])


def structures(planter: _Planter, ds: Dataset) -> None:
    """Names of structures and of those who drew them."""
    roi, observation = Dataset(), Dataset()
    roi.ROINumber, roi.ROIName = 1, f"GTV {planter.name('ROI name')}"
    observation.ObservationNumber, observation.ROIInterpreter = 1, planter.name("ROI interpreter")
    ds.StructureSetROISequence = Items([roi])
    ds.RTROIObservationsSequence = Items([observation])


BYTE_PLANTS: Sequence[Callable[[_Planter, Dataset], After | None]] = (
    preamble,
    after_the_end,
    trailing_padding,
    pixel_padding,
    meta,
    private,
    safe_private,
    un_sequence,
    overlay,
    curve,
    icon,
    bulk,
    jpeg_comment,
    codes,
    structures,
)
"""Each changes a base file; what it returns is done to the written bytes."""


def foreign() -> Sequence[Callable[[_Planter, int], Dataset]]:
    """Names in other scripts, as the patient's name and again within descriptions and comments."""

    def japanese(planter: _Planter, number: int) -> Dataset:
        ds = planted.base(planter, number)
        ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        ds.PatientName = f"{planted.FAMILY}^{planted.GIVEN}={planted.JAPANESE}^一郎"
        return _commented(planter, ds, planted.JAPANESE)

    def cyrillic(planter: _Planter, number: int) -> Dataset:
        ds = planted.base(planter, number, charset="ISO_IR 144")
        ds.PatientName = f"{planted.CYRILLIC}^Иван"
        return _commented(planter, ds, planted.CYRILLIC)

    def chinese(planter: _Planter, number: int) -> Dataset:
        ds = planted.base(planter, number, charset="GB18030")
        ds.PatientName = f"{planted.FAMILY}^{planted.GIVEN}={planted.JAPANESE}^一郎"
        return _commented(planter, ds, planted.JAPANESE)

    return (japanese, cyrillic, chinese)


def _commented(planter: _Planter, ds: Dataset, name: str) -> Dataset:
    item = Dataset()
    for keyword in ("SeriesDescription", "ImageComments"):
        setattr(ds, keyword, planter.mark(f"{keyword}, {name}", lambda _: f"CT {name} venous", (name,)))
    item.RequestedProcedureDescription = planter.mark(f"nested, {name}", lambda _: f"CT {name}", (name,))
    ds.RequestAttributesSequence = Items([item])
    return ds
