"""The same object in another transfer syntax: what scanners and archives really send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

_CODECS: Mapping[UID, Callable[[np.ndarray], bytes]] = {
    JPEGLSLossless: lambda plane: bytes(imagecodecs.jpegls_encode(plane)),
    JPEG2000Lossless: lambda plane: bytes(imagecodecs.jpeg2k_encode(plane, codecformat="j2k", reversible=True)),
    HTJ2KLossless: lambda plane: bytes(imagecodecs.htj2k_encode(plane, reversible=True)),
    JPEGLosslessSV1: lambda plane: bytes(imagecodecs.ljpeg_encode(plane)),
}

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
    elif syntax in _CODECS:
        frames = ds.pixel_array if int(ds.get("NumberOfFrames", 1)) > 1 else ds.pixel_array[None]
        unsigned = frames.view(f"u{frames.itemsize}") if frames.dtype.kind == "i" else frames
        ds.PixelData = encapsulate([_CODECS[syntax](frame) for frame in unsigned])
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
