"""Series packs: one stored ZIP of DICOM Part 10 files per series.

Entries are stored, not deflated, so that a file or a frame can be read by offset. The bytes depend on the
entries alone (APPNOTE.TXT 6.3.10: fixed time, no extra field but ZIP64's, no comment). Python's `zipfile`
writes sizes after the data or seeks back, and its CRC runs at a quarter of the speed of `isal`'s; sizes are
known here before the first byte, so a pack is written in one pass.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from guideit.deid.subject import CleanInstance, FileRange, Piece

CHUNK = 1 << 22
_UTF8 = 0x0800
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00, the earliest a ZIP can say
_32 = 0xFFFFFFFF
_16 = 0xFFFF


@dataclass(frozen=True, kw_only=True, slots=True)
class PackEntry:
    """One file of a pack: name, where its data lie in the pack, in bytes, and its CRC-32."""

    name: str
    offset: int
    length: int
    crc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """A written pack: its entries in order, size in bytes, SHA-256 in hex."""

    entries: tuple[PackEntry, ...]
    size: int
    sha256: str


def write_pack(path: Path, instances: Iterable[CleanInstance]) -> Pack:
    """Write instances, in the order given, as `<SOP Instance UID>.dcm`; one is held in memory at a time."""
    with path.open("wb", buffering=0) as file:
        writer = _Writer(file)
        for instance in instances:
            writer.add(f"{instance.instance}.dcm", instance.pieces)
        return writer.close()


class _Writer:
    """Bytes go to the file and into the SHA-256 at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._at = 0
        self._entries: list[PackEntry] = []

    def add(self, name: str, pieces: Iterable[Piece]) -> None:
        parts = list(pieces)
        length, crc = sum(_length(p) for p in parts), 0
        for view in _views(parts):
            crc = isal_zlib.crc32(view, crc)
        self._put(_local_header(name, length, crc))
        self._entries.append(PackEntry(name=name, offset=self._at, length=length, crc=crc))
        for view in _views(parts):
            self._put(view)

    def close(self) -> Pack:
        start = self._at
        for entry in self._entries:
            self._put(_central_header(entry))
        self._put(_end(len(self._entries), start, self._at - start))
        return Pack(entries=tuple(self._entries), size=self._at, sha256=self._digest.hexdigest())

    def _put(self, body: bytes | memoryview) -> None:
        self._digest.update(body)
        view = memoryview(body)
        while view:  # an unbuffered write may take less than it is given
            view = view[self._file.write(view) :]
        self._at += len(body)


def _length(piece: Piece) -> int:
    return piece.length if isinstance(piece, FileRange) else len(piece)


def _views(pieces: Iterable[Piece]) -> Iterator[bytes | memoryview]:
    for piece in pieces:
        if isinstance(piece, FileRange):
            yield from _read(piece)
        else:
            yield piece


def _read(piece: FileRange) -> Iterator[bytes]:
    with piece.path.open("rb") as file:
        file.seek(piece.offset)
        left = piece.length
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise OSError("a source file became shorter while it was read")
            left -= len(chunk)
            yield chunk


def _local_header(name: str, length: int, crc: int) -> bytes:
    """APPNOTE 4.3.7."""
    big = length >= _32
    extra = struct.pack("<HHQQ", 1, 16, length, length) if big else b""
    size = _32 if big else length
    raw = name.encode()
    fixed = struct.pack(
        "<IHHHHHIIIHH",
        0x04034B50,
        45 if big else 20,
        _UTF8,
        0,
        _TIME,
        _DATE,
        crc,
        size,
        size,
        len(raw),
        len(extra),
    )
    return fixed + raw + extra


def _central_header(entry: PackEntry) -> bytes:
    """APPNOTE 4.3.12."""
    raw = entry.name.encode()
    big = entry.length >= _32
    header_at = entry.offset - 30 - len(raw) - (20 if big else 0)
    large = ([entry.length, entry.length] if big else []) + ([header_at] if header_at >= _32 else [])
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size = _32 if big else entry.length
    version = 45 if large else 20
    fixed = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        0x02014B50,
        version,
        version,
        _UTF8,
        0,
        _TIME,
        _DATE,
        entry.crc,
        size,
        size,
        len(raw),
        len(extra),
        0,
        0,
        0,
        0,
        min(header_at, _32),
    )
    return fixed + raw + extra


def _end(count: int, start: int, size: int) -> bytes:
    """APPNOTE 4.3.14 to 4.3.16."""
    zip64 = b""
    if count >= _16 or start >= _32 or size >= _32:
        zip64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, start)
        zip64 += struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
    few = min(count, _16)
    return zip64 + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, few, few, min(size, _32), min(start, _32), 0)
