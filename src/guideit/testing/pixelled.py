"""Objects with random pixels in every transfer syntax, photometric interpretation and layout of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import UID, ExplicitVRBigEndian, RLELossless

from guideit.testing.objects import ROOT

Values = NDArray[Any]
_L = "1.2.840.10008.1.2.4."
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What an object is to be like.

    Attributes:
        syntax, photometric, allocated, bits, high, signed, planar, rows, columns, frames: As the header says.
        lossy: Whether the compression loses something.
        fragments: Of each compressed frame.
        table: Offset table: `basic`, `extended` or `none`.
        junk: What stands in the unused bits, as an overlay would.
    """

    syntax: str
    photometric: str = "MONOCHROME2"
    allocated: int = 16
    bits: int = 16
    high: int = 15
    signed: bool = False
    planar: bool = False
    rows: int = 16
    columns: int = 16
    frames: int = 1
    lossy: bool = False
    fragments: int = 1
    table: str = "basic"
    junk: bool = False

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return 1 if self.photometric[:3] in {"MON", "PAL"} else 3

    @property
    def compressed(self) -> bool:
        """Whether frames are code streams."""
        return self.syntax.startswith(_L) or self.syntax == RLELossless


def values_of(made: Made, seed: int = 0) -> Values:
    """Random values that fit: (frames, rows, columns[, samples])."""
    low, high = (-(1 << made.bits - 1), 1 << made.bits - 1) if made.signed else (0, 1 << made.bits)
    shape = (made.frames, made.rows, made.columns) + ((3,) if made.samples == 3 else ())
    code = f"{'i' if made.signed else 'u'}{max(made.allocated // 8, 1)}"
    return np.random.default_rng(seed).integers(low, high, shape, dtype="i8").astype(code)


def file_of(made: Made, values: Values) -> bytes:
    """A Secondary Capture file with these stored values."""
    words = values << (made.high + 1 - made.bits)
    if made.junk:
        value_bits = ((1 << made.bits) - 1) << (made.high + 1 - made.bits)
        unsigned = words.view(f"u{words.itemsize}")
        unsigned &= unsigned.dtype.type(value_bits)
        unsigned |= unsigned.dtype.type(((1 << made.allocated) - 1) & ~value_bits)
    ds = _header(made)
    if made.compressed:
        _encapsulate(ds, made, words)
    else:
        ds.PixelData = _native(made, words)
        ds["PixelData"].VR = "OB" if made.allocated <= 8 and made.syntax != ExplicitVRBigEndian else "OW"
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def _header(made: Made) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(made.syntax)
    ds.SOPClassUID, ds.SOPInstanceUID = UID(_CAPTURE), UID(f"{ROOT}.7.1")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = UID(f"{ROOT}.7.2"), UID(f"{ROOT}.7.3")
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Doe^Jane", "4711", "", ""
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber = "20260102", "", "", ""
    ds.ReferringPhysicianName, ds.Modality, ds.ConversionType = "", "OT", "SYN"
    ds.SeriesNumber, ds.InstanceNumber, ds.PatientOrientation = 1, 1, ""
    ds.SamplesPerPixel, ds.PhotometricInterpretation = made.samples, made.photometric
    ds.Rows, ds.Columns, ds.NumberOfFrames = made.rows, made.columns, made.frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = made.allocated, made.bits, made.high
    ds.PixelRepresentation = int(made.signed)
    if made.samples == 3:
        ds.PlanarConfiguration = int(made.planar)
    if made.photometric == "PALETTE COLOR":
        _palette(ds, made)
    ds.add_new(0x00280107, "SS" if made.signed else "US", (1 << min(made.bits, 16) - 1) - 1)
    if made.lossy:
        ds.LossyImageCompression = "01"
    return ds


def _palette(ds: Dataset, made: Made) -> None:
    """Colours in an order that is not that of their brightness; the darkest is number 5."""
    size = 1 << min(made.bits, 8)
    table = np.random.default_rng(1).integers(100, 255, size).astype("<u2")
    table[5 % size] = 3
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [size, 0, 16])
        setattr(ds, f"{colour}PaletteColorLookupTableData", (table << 8).tobytes())


def _native(made: Made, words: Values) -> bytes:
    if made.allocated == 1:
        raw = np.packbits(words.ravel(), bitorder="little").tobytes()
    elif made.photometric == "YBR_FULL_422":
        pairs = words.reshape(made.frames, made.rows, made.columns // 2, 2, 3)
        packed = np.concatenate([pairs[..., 0], pairs[..., 0, 1:]], axis=-1)[..., [0, 0, 1, 2]]
        packed[..., 1] = pairs[..., 1, 0]
        raw = packed.tobytes()
    else:
        ordered = np.moveaxis(words, -1, 1) if made.planar else words
        raw = ordered.astype(words.dtype.newbyteorder(">" if made.syntax == ExplicitVRBigEndian else "<")).tobytes()
    raw += b"\0" * (len(raw) % 2)
    if made.syntax == ExplicitVRBigEndian and made.allocated <= 8:
        raw = np.frombuffer(raw, "u2").byteswap().tobytes()
    return raw


def _encapsulate(ds: Dataset, made: Made, words: Values) -> None:
    streams = [_CODECS[made.syntax](made, np.ascontiguousarray(frame)) for frame in words]
    if made.table == "extended":
        ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(streams)
    else:
        ds.PixelData = encapsulate(streams, fragments_per_frame=made.fragments, has_bot=made.table == "basic")
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True


def _low(made: Made, words: Values) -> Values:
    """Words as an encoder for unsigned samples takes them."""
    unsigned = words.view(f"u{words.itemsize}")
    if made.junk:
        return unsigned
    low: Values = (unsigned & unsigned.dtype.type((1 << made.bits) - 1)).astype("u1" if made.bits <= 8 else "u2")
    return low


def _rle(made: Made, words: Values) -> bytes:
    return RLELosslessEncoder.encode(
        words.tobytes(),
        encoding_plugin="pydicom",
        rows=made.rows,
        columns=made.columns,
        samples_per_pixel=made.samples,
        photometric_interpretation=made.photometric,
        bits_allocated=made.allocated,
        bits_stored=made.allocated,
        pixel_representation=int(made.signed),
        number_of_frames=1,
        planar_configuration=0,
    )


def _jpeg_lossy(made: Made, words: Values) -> bytes:
    if made.samples == 3:
        colours = "RGB" if made.photometric == "RGB" else "YCBCR"
        chroma = "422" if made.photometric == "YBR_FULL_422" else "444"
        options = {"colorspace": "RGB", "outcolorspace": colours, "subsampling": chroma}
        return bytes(imagecodecs.jpeg8_encode(words, level=90, **options))  # type: ignore[arg-type]
    return bytes(imagecodecs.jpeg8_encode(_low(made, words), level=90, bitspersample=8 if made.bits <= 8 else 12))


def _jpeg_lossless(made: Made, words: Values) -> bytes:
    same = None if made.samples == 1 else "RGB" if made.photometric == "RGB" else "UNKNOWN"
    predictor = 1 if made.syntax.endswith("70") else 4
    bits = made.allocated if made.junk else made.bits
    samples = _low(made, words)
    return bytes(
        imagecodecs.jpeg8_encode(
            samples, lossless=True, predictor=predictor, bitspersample=bits, colorspace=same, outcolorspace=same
        )
    )


def _jpeg_ls(made: Made, words: Values) -> bytes:
    """Whole bytes, the sign included: this encoder knows no other precision."""
    return bytes(imagecodecs.jpegls_encode(words.view(f"u{words.itemsize}"), level=3 if made.lossy else 0))


def _j2k(made: Made, words: Values) -> bytes:
    samples = words if made.signed else _low(made, words)
    options: dict[str, Any] = {"level": 60, "reversible": False} if made.lossy else {"reversible": True}
    bits = made.allocated if made.junk else made.bits
    mct = made.photometric in {"YBR_RCT", "YBR_ICT"}
    return bytes(imagecodecs.jpeg2k_encode(samples, codecformat="j2k", bitspersample=bits, mct=mct, **options))


def _htj2k(made: Made, words: Values) -> bytes:
    options: dict[str, Any] = {"level": 0.001, "reversible": False} if made.lossy else {"reversible": True}
    return bytes(imagecodecs.htj2k_encode(words, rgb=made.photometric in {"YBR_RCT", "YBR_ICT"}, **options))


_CODECS: Mapping[str, Callable[[Made, Values], bytes]] = {
    **dict.fromkeys((f"{_L}50", f"{_L}51"), _jpeg_lossy),
    **dict.fromkeys((f"{_L}57", f"{_L}70"), _jpeg_lossless),
    **dict.fromkeys((f"{_L}80", f"{_L}81"), _jpeg_ls),
    **dict.fromkeys((f"{_L}90", f"{_L}91"), _j2k),
    **dict.fromkeys((f"{_L}201", f"{_L}202", f"{_L}203"), _htj2k),
    RLELossless: _rle,
}
