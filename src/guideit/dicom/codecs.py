"""Compressed pixels through imagecodecs: a plugin for pydicom, so that a plain install reads all."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.decoders import base as decoders
from pydicom.pixels.decoders.base import DecodeRunner

from guideit.errors import NotUnderstood

_DEPENDENCY = ("imagecodecs>=2025.3",)
_JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)
_LOSSY_JPEG, _HEAD = _JPEG[:2], 1024
"""An Adobe segment at the beginning of a lossy stream says how its colours were made; it decides, as in Pillow."""
_JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
_J2K = (uid.JPEG2000Lossless, uid.JPEG2000)
_HTJ2K = (uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)

DECODER_DEPENDENCIES = {syntax: _DEPENDENCY for syntax in (*_JPEG, *_JPEG_LS, *_J2K, *_HTJ2K)}
"""What pydicom names where the plugin cannot work."""


def is_available(transfer_syntax: str) -> bool:
    """Whether imagecodecs decodes this transfer syntax here (pydicom's plugin protocol)."""
    return transfer_syntax in DECODER_DEPENDENCIES and _decoder(transfer_syntax) is not None


@lru_cache(maxsize=16)
def _decoder(syntax: str, samples: int = 1) -> Callable[..., Any] | None:
    """imagecodecs' decoder; colour of lossless JPEG by another, since libjpeg-turbo 3.1 gets some of it wrong."""
    try:
        import imagecodecs
    except ImportError:
        return None
    name = "jpeg8" if syntax in _JPEG else "jpegls" if syntax in _JPEG_LS else "jpeg2k" if syntax in _J2K else "htj2k"
    name = "jpegsof3" if syntax in _JPEG[2:] and samples == 3 else name
    codec = getattr(imagecodecs, name.upper(), None)
    return getattr(imagecodecs, f"{name}_decode") if getattr(codec, "available", False) else None


def decode_frame(src: bytes, runner: DecodeRunner) -> bytearray:
    """One frame's pixels, native byte order, colour by pixel (pydicom's plugin protocol)."""
    syntax = str(runner.transfer_syntax)
    decode = _decoder(syntax, runner.samples_per_pixel)
    if decode is None:
        raise RuntimeError("imagecodecs has no decoder for this transfer syntax")
    colour = syntax in _LOSSY_JPEG and runner.samples_per_pixel == 3 and b"Adobe" in src[:_HEAD]
    plane = np.ascontiguousarray(decode(src, **({} if colour else _options(syntax, runner))))
    runner.set_option("bits_allocated", plane.itemsize * 8)
    if plane.ndim == 3:
        runner.set_option("planar_configuration", 0)
    if colour or (syntax in (*_J2K, *_HTJ2K) and runner.photometric_interpretation in ("YBR_ICT", "YBR_RCT")):
        runner.set_option("photometric_interpretation", "RGB")
    return bytearray(plane.tobytes())


def _options(syntax: str, runner: DecodeRunner) -> dict[str, Any]:
    """What leaves samples as they were coded, colour by pixel."""
    if syntax in _HTJ2K:
        return {"planar": False}
    return (
        {"colorspace": "RGB", "outcolorspace": "RGB"} if syntax in _LOSSY_JPEG and runner.samples_per_pixel == 3 else {}
    )


@lru_cache(maxsize=1)
def register() -> None:
    """Add the plugin to pydicom's decoders; done once, existing plugins stay."""
    for syntax in DECODER_DEPENDENCIES:
        decoder = decoders.get_decoder(syntax)
        labels = {*decoder.available_plugins, *decoder._unavailable}
        if "guideit" not in labels:
            decoder.add_plugin("guideit", ("guideit.dicom.codecs", "decode_frame"))


def pixels(ds: Dataset) -> np.ndarray[Any, np.dtype[Any]]:
    """Decoded pixels of an instance: (rows, columns[, samples]), frames in front where there are several.

    Raises:
        NotUnderstood: No installed codec reads its transfer syntax, or the pixel data are damaged.
    """
    register()
    syntax = ds.file_meta.TransferSyntaxUID
    try:
        return ds.pixel_array
    except (RuntimeError, AttributeError, ValueError, NotImplementedError, KeyError) as wrong:
        raise NotUnderstood(
            f"the pixel data ({uid.UID(syntax).name}) cannot be decoded",
            where=str(ds.get("SOPInstanceUID", "")),
            why=type(wrong).__name__,
            do="check the transfer syntax with `guideit verify`, or install another pydicom pixel plugin",
        ) from wrong
