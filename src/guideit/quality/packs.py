"""A pack and its files byte by byte: nothing but what must be there (APPNOTE 4.3, PS3.10 7.1)."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from guideit.quality.inputs import Verdict

_META = frozenset({0x00, 0x01, 0x02, 0x03, 0x10, 0x12, 0x13})
"""Elements of group 2 that may stand in a released file."""


def files(pack: Path, place: str, verdict: Verdict) -> Iterator[tuple[str, bytes]]:
    """Each file of a pack with its SOP Instance UID, having checked that the pack holds nothing else."""
    try:
        with zipfile.ZipFile(pack) as archive, pack.open("rb") as file:
            infos = archive.infolist()
            _check_structure(pack, archive, infos, place, verdict)
            for info in infos:
                yield _file(file.read, file.seek, info, place, verdict)
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        verdict.fail("pack", place, f"the pack cannot be read: {type(broken).__name__}")


def _check_structure(
    pack: Path, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], place: str, verdict: Verdict
) -> None:
    """Headers and data follow each other without a gap, and the directory ends the file."""
    verdict.count("packs")
    at = 0
    for info in infos:
        plain_entry = info.compress_type == zipfile.ZIP_STORED and not info.comment and info.flag_bits & ~0x800 == 0
        if not plain_entry or info.header_offset != at or info.date_time != (1980, 1, 1, 0, 0, 0):
            verdict.fail("pack", place, "an entry is not plain, or bytes stand between entries")
        zip64 = 20 if info.file_size >= 0xFFFFFFFF else 0
        at = info.header_offset + 30 + len(info.filename.encode()) + zip64 + info.file_size
    end = pack.stat().st_size
    directory = sum(46 + len(i.filename.encode()) + len(i.extra) for i in infos)
    tail = end - at - directory
    if archive.comment or archive.start_dir != at or tail not in (22, 22 + 76):
        verdict.fail("pack", place, "something stands after the last file")


def _file(read: object, seek: object, info: zipfile.ZipInfo, place: str, verdict: Verdict) -> tuple[str, bytes]:
    """One entry's bytes, read past `zipfile`."""
    seek(info.header_offset)  # type: ignore[operator]
    head = read(30)  # type: ignore[operator]
    name_length, extra_length = struct.unpack_from("<HH", head, 26)
    if extra_length not in (0, 20):
        verdict.fail("pack", place, "an entry has an extra field")
    read(name_length + extra_length)  # type: ignore[operator]
    body: bytes = read(info.file_size)  # type: ignore[operator]
    if crc32(body) != info.CRC:
        verdict.fail("pack", place, "a file's checksum is wrong")
    if not info.filename.endswith(".dcm") or "/" in info.filename:
        verdict.fail("pack", place, "a file is not named by its UID")
    return info.filename.removesuffix(".dcm"), body


def check_part10(body: bytes, place: str, verdict: Verdict) -> None:
    """Preamble of zeros, and no element of meta information but those that must be there."""
    verdict.count("files")
    if any(body[:128]) or body[128:132] != b"DICM":
        verdict.fail("part10", place, "the preamble is not empty")
    at = 132
    while body[at : at + 2] == b"\x02\x00":
        element, vr = struct.unpack_from("<H", body, at + 2)[0], body[at + 4 : at + 6]
        length_at, wide = (at + 8, 4) if vr == b"OB" else (at + 6, 2)
        length = int.from_bytes(body[length_at : length_at + wide], "little")
        if element not in _META:
            verdict.fail("part10", f"{place} (0002,{element:04X})", "an element of meta information may not be there")
        at = length_at + wide + length
