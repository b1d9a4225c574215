"""Frames written again without loss, in the compression family they came in.

What was written is decoded and compared before anybody gets it: an encoder that loses a bit is no encoder here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import imagecodecs
import numpy as np

from guideit.deid.pixels.code_streams import (
    HTJ2K,
    J2K,
    JPEG_LOSSLESS,
    JPEG_LOSSY,
    JPEG_LS,
    RLE,
    StreamHead,
    colour,
    decoded,
)
from guideit.deid.pixels.layout import Layout, Words, stored_values
from guideit.errors import NotUnderstood

_L = "1.2.840.10008.1.2.4."
LOSSLESS: Mapping[str, str] = {
    **dict.fromkeys(JPEG_LOSSY | JPEG_LOSSLESS, f"{_L}70"),
    **dict.fromkeys(JPEG_LS, f"{_L}80"),
    **dict.fromkeys(J2K, f"{_L}90"),
    **dict.fromkeys(HTJ2K, f"{_L}201"),
    RLE: RLE,
}
"""The lossless transfer syntax of each family (PS3.5 A.4)."""
KEEPS = frozenset(LOSSLESS.values()) | {f"{_L}202"}
"""Syntaxes whose code streams may stand beside new ones: those of HTJ2K with RPCL order are HTJ2K lossless, too."""


def target_head(source: StreamHead, layout: Layout, syntax: str) -> StreamHead:
    """What new code streams say of themselves, given what those of the source's `syntax` say."""
    bits = max(source.precision, layout.bits)
    if syntax in JPEG_LS | HTJ2K:  # their encoders take whole bytes
        bits = 8 if bits <= 8 else 16
    transformed = source.transformed and (syntax in KEEPS or layout.photometric != "RGB")
    return replace(source, precision=max(bits, 2), lossy=False, transformed=transformed, colour=colour(source, layout))


def alike(source: StreamHead, layout: Layout, syntax: str) -> bool:
    """Whether a code stream of the source may stand beside new ones."""
    new = target_head(source, layout, syntax)
    return syntax in KEEPS and not source.lossy and replace(source, colour=new.colour) == new


def encoded(words: Words, head: StreamHead, syntax: str, layout: Layout) -> bytes:
    """A frame as a code stream of a lossless `syntax`, its length even.

    Raises:
        NotUnderstood: It cannot be written so that it reads back the same.
    """
    try:
        stream = _ENCODERS[syntax](_samples(words, head), head)
    except Exception as wrong:  # whatever a codec raises, nothing was written
        raise NotUnderstood("the pixel data cannot be encoded again", why=type(wrong).__name__) from wrong
    stream += b"\0" * (len(stream) % 2)
    again, _ = decoded(stream, syntax, layout)
    if not np.array_equal(stored_values(layout, again), stored_values(layout, words)):
        raise NotUnderstood("the pixel data cannot be encoded again without loss")
    return stream


def _samples(words: Words, head: StreamHead) -> Words:
    """Words as an encoder takes them: as many bits as the code stream has, signed where it is."""
    width = 1 if head.precision <= 8 else 2 if head.precision <= 16 else 4
    if head.signed:
        return np.ascontiguousarray(words.astype(f"i{width}"))
    unsigned = words.view(f"u{words.itemsize}")
    low = unsigned & unsigned.dtype.type((1 << min(head.precision, 8 * words.itemsize)) - 1)
    return np.ascontiguousarray(low.astype(f"u{width}"))


def _jpeg(samples: Words, head: StreamHead) -> bytes:
    """Lossless, first-order prediction (T.81 H, selection value 1); no colour transform."""
    same = None if head.samples == 1 else "RGB" if head.colour == "RGB" else "UNKNOWN"  # written into the stream
    return bytes(
        imagecodecs.jpeg8_encode(
            samples, lossless=True, predictor=1, bitspersample=head.precision, colorspace=same, outcolorspace=same
        )
    )


def _j2k(samples: Words, head: StreamHead) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(
            samples,
            codecformat="j2k",
            reversible=True,
            bitspersample=head.precision,
            mct=head.transformed,
            numthreads=1,
        )
    )


def _rle(samples: Words, head: StreamHead) -> bytes:
    """PS3.5 G: planes of bytes, the most significant first, each row packed by itself."""
    width = samples.itemsize
    planes = samples.astype(f">u{width}").view("u1").reshape(head.rows, head.columns, head.samples * width)
    packed = [bytes(imagecodecs.packbits_encode(np.ascontiguousarray(planes[..., n]))) for n in range(planes.shape[2])]
    packed = [one + b"\0" * (len(one) % 2) for one in packed]
    starts = np.zeros(16, "<u4")
    starts[0] = len(packed)
    starts[1 : 1 + len(packed)] = 64 + np.cumsum([0, *map(len, packed[:-1])])
    return starts.tobytes() + b"".join(packed)


_ENCODERS: Mapping[str, Callable[[Words, StreamHead], bytes]] = {
    f"{_L}70": _jpeg,
    f"{_L}80": lambda samples, _: bytes(imagecodecs.jpegls_encode(samples, level=0)),
    f"{_L}90": _j2k,
    f"{_L}201": lambda samples, head: bytes(imagecodecs.htj2k_encode(samples, reversible=True, rgb=head.transformed)),
    RLE: _rle,
}
