"""The same image in other transfer syntaxes, losslessly: what archives make of it."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Mapping
from typing import Any

import imagecodecs
import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

CODECS: Mapping[UID, Callable[[np.ndarray[Any, Any]], bytes]] = {
    JPEGLSLossless: lambda plane: bytes(imagecodecs.jpegls_encode(plane)),
    JPEG2000Lossless: lambda plane: bytes(imagecodecs.jpeg2k_encode(plane, codecformat="j2k", reversible=True)),
    HTJ2KLossless: lambda plane: bytes(imagecodecs.htj2k_encode(plane, reversible=True)),
    JPEGLosslessSV1: lambda plane: bytes(imagecodecs.ljpeg_encode(plane)),
}
"""Lossless encoders of one frame, unsigned."""
SYNTAXES = (
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
)


def with_pixels(ds: Dataset, frames: np.ndarray[Any, Any]) -> Dataset:
    """A copy with these pixels, (frames, rows, columns[, samples]), uncompressed, Explicit VR Little Endian."""
    made = copy.deepcopy(ds)
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    body = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    made.add_new("PixelData", "OB" if frames.itemsize == 1 else "OW", body + b"\0" * (len(body) % 2))
    made["PixelData"].is_undefined_length = False
    if frames.ndim == 4:
        made.PlanarConfiguration = 0
    return made


def transcoded(ds: Dataset, frames: np.ndarray[Any, Any], syntax: UID) -> Dataset:
    """A copy in another syntax; `frames` are unsigned or signed pixels of one sample, (frames, rows, columns)."""
    made = with_pixels(ds, frames)
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == RLELossless:
        made.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    elif syntax in CODECS:
        unsigned = frames.view(f"u{frames.itemsize}") if frames.dtype.kind == "i" else frames
        made.PixelData = encapsulate([CODECS[syntax](np.ascontiguousarray(frame)) for frame in unsigned])
        made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta.TransferSyntaxUID = syntax
    return made


def to_bytes(ds: Dataset) -> bytes:
    """The object as a Part 10 file in its transfer syntax; what it raises may be anything pydicom raises."""
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()
