"""Where the frames of an image lie in its pixel data (PS3.5 8.2, A.4), so that one can be fetched without the rest."""

from __future__ import annotations

import struct

Span = tuple[int, int]
"""Offset from the start of the value, length, both in bytes."""
_ITEM = b"\xfe\xff\x00\xe0"


def native_frames(length: int, count: int) -> list[Span]:
    """Frames of native pixel data, one behind the other.

    Args:
        length: Bytes of all pixels, unpadded.
        count: Number of Frames (0028,0008).

    Returns:
        Nothing for frames that do not begin at a byte, as those of one bit may not.
    """
    size, rest = divmod(length, max(count, 1))
    return [] if rest or not size else [(size * number, size) for number in range(max(count, 1))]


def encapsulated_frames(value: memoryview, count: int) -> list[Span]:
    """Frames of encapsulated pixel data whose every frame is one fragment; else none.

    A frame of several fragments has their item heads in between, so it is no span of one code stream.
    """
    found: list[Span] = []
    at = 0
    while at + 8 <= len(value) and bytes(value[at : at + 4]) == _ITEM:
        length = struct.unpack_from("<I", value, at + 4)[0]
        found.append((at + 8, length))
        at += 8 + length
    return found[1:] if len(found) == count + 1 else []
