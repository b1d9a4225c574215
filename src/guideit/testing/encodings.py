"""The same object in another transfer syntax: what scanners and archives really send."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from guideit.quality.planting.transcodes import CODECS

UNCOMPRESSED = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def recode(ds: Dataset, syntax: UID) -> Dataset:
    """Compress the pixels losslessly for `syntax`; the others change only how `to_bytes` writes."""
    if syntax == RLELossless:
        ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    elif syntax in CODECS:
        frames = ds.pixel_array if int(ds.get("NumberOfFrames", 1)) > 1 else ds.pixel_array[None]
        unsigned = frames.view(f"u{frames.itemsize}") if frames.dtype.kind == "i" else frames
        ds.PixelData = encapsulate([CODECS[syntax](frame) for frame in unsigned])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.file_meta.TransferSyntaxUID = syntax
    return ds


def to_bytes(ds: Dataset, *, preamble: bool = True) -> bytes:
    """The object as a Part 10 file in its transfer syntax, or as a bare data set without preamble."""
    syntax = ds.file_meta.TransferSyntaxUID
    if syntax == ExplicitVRBigEndian and "PixelData" in ds and ds.BitsAllocated == 16:
        ds["PixelData"].VR = "OW"
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    buffer = BytesIO()
    if preamble:
        pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    else:
        bare = pydicom.Dataset(ds)
        bare.save_as(buffer, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
    return buffer.getvalue()
