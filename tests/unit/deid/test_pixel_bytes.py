"""What stands around pixels is blanked, and the pixels decode to what they were."""

from __future__ import annotations

from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_fragments

from guideit.deid.pixel_bytes import JPEG, JPEG_2000, compressed, native
from guideit.errors import NotUnderstood

IMAGE = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
BASELINE, LOSSLESS_2000, JPEG_LS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80"
COMMENT = b"\xff\xfe\x00\x10Doe^Jane ward3"
COMMENT_2000 = b"\xff\x64\x00\x12\x00\x01Doe^Jane ward3"
Decode = Callable[[bytes], "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"]


def _jpeg() -> bytes:
    return bytes(imagecodecs.jpeg8_encode(IMAGE))


def _jpeg_ls() -> bytes:
    return bytes(imagecodecs.jpegls_encode(IMAGE))


def _jpeg_2000() -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(IMAGE, level=0, codecformat="j2k"))


def _blanked(frames: list[bytes], syntax: str, *, fragments: int = 1) -> list[bytes]:
    value = encapsulate(frames, fragments_per_frame=fragments)
    return [bytes(f) for f in generate_fragments(b"".join(map(bytes, compressed(memoryview(value), syntax))))][1:]


@pytest.mark.parametrize(
    ("syntax", "encoded", "decode", "place"),
    [
        (BASELINE, _jpeg(), imagecodecs.jpeg8_decode, "before the first segment"),
        (BASELINE, _jpeg(), imagecodecs.jpeg8_decode, "between scan and end"),
        (BASELINE, _jpeg(), imagecodecs.jpeg8_decode, "behind the end"),
        (JPEG_LS, _jpeg_ls(), imagecodecs.jpegls_decode, "before the first segment"),
        (JPEG_LS, _jpeg_ls(), imagecodecs.jpegls_decode, "behind the end"),
    ],
)
def test_a_comment_anywhere_in_a_jpeg_stream_is_blanked(
    syntax: str, encoded: bytes, decode: Decode, place: str
) -> None:
    whole = {
        "before the first segment": encoded[:2] + COMMENT + encoded[2:],
        "between scan and end": encoded[:-2] + COMMENT + encoded[-2:],
        "behind the end": encoded + COMMENT,
    }[place]
    (found,) = _blanked([whole], syntax)
    assert b"Doe" not in found
    assert len(found) == len(whole) + len(whole) % 2
    assert np.array_equal(decode(found), decode(encoded))


def test_a_thumbnail_behind_jfif_is_blanked() -> None:
    encoded = _jpeg()
    start = encoded.index(b"JFIF\0")
    length = int.from_bytes(encoded[start - 2 : start], "big")
    name = b"Doe^Jane123"
    segment = (length + len(name)).to_bytes(2, "big") + encoded[start : start - 2 + length] + name
    (found,) = _blanked([encoded[: start - 2] + segment + encoded[start - 2 + length :]], BASELINE)
    assert b"Doe" not in found
    assert b"JFIF\0" in found


def test_comments_in_the_main_and_tile_part_headers_of_jpeg_2000_are_blanked() -> None:
    encoded = _jpeg_2000()
    tile, data = encoded.index(b"\xff\x90"), encoded.index(b"\xff\x93")
    longer = (int.from_bytes(encoded[tile + 6 : tile + 10], "big") + len(COMMENT_2000)).to_bytes(4, "big")
    in_tile = encoded[: tile + 6] + longer + encoded[tile + 10 : data] + COMMENT_2000 + encoded[data:]
    for whole in (encoded[:tile] + COMMENT_2000 + encoded[tile:], in_tile, encoded + COMMENT_2000):
        (found,) = _blanked([whole], LOSSLESS_2000)
        assert b"Doe" not in found
        assert np.array_equal(imagecodecs.jpeg2k_decode(found), IMAGE)


def test_a_comment_split_over_two_fragments_is_blanked() -> None:
    encoded = _jpeg()
    half = (len(encoded) + len(COMMENT)) // 2
    whole = encoded[:2] + b"\xff\xfe" + (half + 40).to_bytes(2, "big") + bytes(half) + b"Doe^Jane ward3".ljust(38)
    whole += encoded[2:]
    found = _blanked([whole], BASELINE, fragments=2)
    assert len(found) == 2
    assert b"Doe" not in b"".join(found)


@pytest.mark.parametrize("syntax", sorted(JPEG | JPEG_2000))
@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff\xfe\x7f\xff", b"\xff\x4f\xff\x51\x7f\xff"])
def test_a_stream_that_is_not_understood_is_refused(syntax: str, start: bytes) -> None:
    with pytest.raises(NotUnderstood):
        list(compressed(memoryview(encapsulate([start + b"Doe^Jane"])), syntax))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.1"])
def test_a_compression_whose_comments_are_not_known_is_refused(syntax: str) -> None:
    with pytest.raises(NotUnderstood):
        compressed(memoryview(encapsulate([b"Doe^Jane"])), syntax)


def test_what_follows_the_last_native_pixel_is_blanked() -> None:
    header = {"Rows": 2, "Columns": 2, "BitsAllocated": 16}
    found = b"".join(map(bytes, native(memoryview(b"12345678Doe^Jane"), header)))
    assert found == b"12345678" + bytes(8)
