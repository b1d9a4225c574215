"""A pack and its files byte by byte: nothing but what must be there (APPNOTE 4.3, PS3.10 7.1)."""

from __future__ import annotations

import hashlib
import mmap
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from guideit.quality.inputs import Verdict

_META = frozenset({0x00, 0x01, 0x02, 0x03, 0x10, 0x12, 0x13})
"""Elements of group 2 that may stand in a released file."""
_32 = 0xFFFFFFFF
IN_MEMORY = 1 << 26
"""Files of more bytes stay where they are, mapped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedFile:
    """One file of a pack: its SOP Instance UID by its name, its bytes, and where they begin in the pack."""

    uid: str
    body: bytes | memoryview
    offset: int


def pack_digest(pack: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file, read anew; of one that is not there, of nothing."""
    try:
        with pack.open("rb") as file:
            return pack.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return 0, ""  # the seal's check then fails, and so does reading it


def files(pack: Path, place: str, verdict: Verdict) -> Iterator[PackedFile]:
    """Each file of a pack, having checked that the pack holds nothing else."""
    try:
        with zipfile.ZipFile(pack) as archive, pack.open("rb") as file:
            infos = archive.infolist()
            _check_structure(pack, archive, infos, place, verdict)
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            for info in infos:
                yield _file(view, info, place, verdict)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error) as broken:
        verdict.fail("pack", place, f"the pack cannot be read: {type(broken).__name__}")


def _check_structure(
    pack: Path, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], place: str, verdict: Verdict
) -> None:
    """Headers and data follow each other without a gap, and the directory ends the file."""
    verdict.count("packs")
    at = 0
    for info in infos:
        if not _plain(info) or info.header_offset != at:
            verdict.fail("pack", place, "an entry is not plain, or bytes stand between entries")
        zip64 = 20 if info.file_size >= _32 else 0
        at = info.header_offset + 30 + len(info.filename.encode()) + zip64 + info.file_size
    if len({info.filename for info in infos}) < len(infos) or not infos:
        verdict.fail("pack", place, "two files have one name, or there is none")
    end = pack.stat().st_size
    directory = sum(46 + len(i.filename.encode()) + len(i.extra) for i in infos)
    big = len(infos) >= 0xFFFF or at >= _32 or directory >= _32
    if archive.comment or archive.start_dir != at or end - at - directory != 22 + (76 if big else 0):
        verdict.fail("pack", place, "something stands after the last file")


def _plain(info: zipfile.ZipInfo) -> bool:
    """Stored, dated 1980-01-01, no comment, no attribute, no extra field but the one that large files need."""
    large = info.file_size >= _32 or info.header_offset >= _32
    told = info.comment or info.external_attr or info.internal_attr or info.flag_bits & ~0x800
    stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
    return stored and not told and info.date_time == (1980, 1, 1, 0, 0, 0) and (large or not info.extra)


def _file(view: memoryview, info: zipfile.ZipInfo, place: str, verdict: Verdict) -> PackedFile:
    """One entry's bytes, read past `zipfile`; its own header must agree with the directory."""
    at = info.header_offset
    head = view[at : at + 30]
    name_length, extra_length = struct.unpack_from("<HH", head, 26)
    if extra_length != (20 if info.file_size >= _32 else 0):
        verdict.fail("pack", place, "an entry has an extra field")
    stated = struct.unpack_from("<HHHHIII", head, 6)
    wanted = (0, 0, 0x21, info.CRC, min(info.file_size, _32), min(info.file_size, _32))
    name = bytes(view[at + 30 : at + 30 + name_length])
    if name != info.filename.encode() or stated[0] & ~0x800 or stated[1:] != wanted:
        verdict.fail("pack", place, "an entry says one thing at its beginning and another in the directory")
    offset = at + 30 + name_length + extra_length
    part = view[offset : offset + info.file_size]
    body = part if len(part) > IN_MEMORY else bytes(part)
    if crc32(body) != info.CRC:
        verdict.fail("pack", place, "a file's checksum is wrong")
    if not info.filename.endswith(".dcm") or "/" in info.filename:
        verdict.fail("pack", place, "a file is not named by its UID")
    return PackedFile(uid=info.filename.removesuffix(".dcm"), body=body, offset=offset)


def check_part10(body: bytes | memoryview, place: str, verdict: Verdict) -> int:
    """Preamble of zeros, and no element of meta information but those that must be there.

    Returns:
        Where the data set begins.
    """
    verdict.count("files")
    if any(body[:128]) or body[128:132] != b"DICM":
        verdict.fail("part10", place, "the preamble is not empty")
    at, seen = 132, -1
    stated = 144 + int.from_bytes(body[140:144], "little") if body[132:138] == b"\x02\0\0\0UL" else -1
    while body[at : at + 2] == b"\x02\x00" and at + 8 <= len(body):
        element, vr = struct.unpack_from("<H", body, at + 2)[0], body[at + 4 : at + 6]
        length_at, wide = (at + 8, 4) if vr == b"OB" else (at + 6, 2)
        length = int.from_bytes(body[length_at : length_at + wide], "little")
        if element not in _META or element <= seen:
            verdict.fail("part10", f"{place} (0002,{element:04X})", "an element of meta information may not be there")
        at, seen = length_at + wide + length, element
    if stated != at:
        verdict.fail("part10", place, "the meta information is not as long as it says")
    return at
