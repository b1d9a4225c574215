"""What a source holds: files of a folder, members of ZIP and tar archives, in a fixed order.

Nothing an archive says is trusted. Names are never used as paths on our side; sizes are counted while reading;
links, devices, encrypted members and names that would leave the archive make the whole archive refused.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from guideit.errors import SourceRefused, UsageError, is_disk_full

CHUNK = 1 << 20
DAMAGED: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
)
DAMAGED += (NotImplementedError, RuntimeError, IndexError, struct.error)
"""What the readers of archives raise of bytes that are none, or of compressions they do not know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much an archive may unfold to.

    Attributes:
        total: Bytes of all members together.
        ratio: Unfolded bytes per byte of the archive; imaging compresses two- to fivefold.
        members: Number of members.
    """

    total: int = 2 << 40
    ratio: int = 200
    members: int = 5_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file of a source.

    Attributes:
        source: The folder or archive as the person named it.
        name: Path inside it; may hold private names, so it stays on the private side.
        size, mtime_ns: Bytes, and time of last change in nanoseconds.
        path: Where its bytes can be read now; None where it is refused.
        unpacked: Whether `path` is a copy of ours that may be moved.
        refused: Rule id of why it is not read.
    """

    source: str
    name: str
    size: int
    mtime_ns: int
    path: Path | None
    unpacked: bool = False
    refused: str = ""

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What tells whether it was seen before."""
        return self.source, self.name, self.size, self.mtime_ns


Seen = Callable[[tuple[str, str, int, int]], bool]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """How sources are walked.

    Attributes:
        scratch: Folder that archive members are unpacked to, under numbers.
        seen: Whether an entry is recorded already; such members are not unpacked again.
        limits: How much an archive may unfold to.
    """

    scratch: Path
    seen: Seen
    limits: Limits = Limits()

    def entries(self, source: Path) -> Iterator[Entry]:
        """The files of a folder or archive that a person named.

        Raises:
            UsageError: There is nothing at `source`.
            SourceRefused: It is an unsafe archive.
        """
        if source.is_dir():
            yield from self._folder(source)
        elif source.is_file() and is_archive(source):
            yield from self._archive(source, str(source), "")
        elif source.is_file():
            yield _entry(source, str(source), source.name)
        else:
            raise UsageError("no such folder, archive or file", where=str(source))

    def _folder(self, source: Path) -> Iterator[Entry]:
        root = source.resolve()
        lost: list[OSError] = []
        for folder, folders, files in os.walk(root, followlinks=False, onerror=lost.append):
            folders.sort()
            for name in sorted(files):
                yield from self._file(Path(folder) / name, source, root)
            yield from (
                _refused(Path(folder) / name, source, root) for name in folders if _leaves(Path(folder) / name, root)
            )
        for error in lost:
            yield _refused(Path(error.filename), source, root, "intake.unreadable-folder")

    def _file(self, path: Path, source: Path, root: Path) -> Iterator[Entry]:
        name = path.relative_to(root).as_posix()
        try:
            if _leaves(path, root):
                yield _refused(path, source, root)
            elif not stat.S_ISREG(path.stat().st_mode):
                yield _refused(path, source, root, "intake.no-file")
            elif is_archive(path):
                yield from self._inner(path, source, name)
            else:
                yield _entry(path, str(source), name)
        except FileNotFoundError:
            yield _refused(path, source, root, "intake.unreadable")  # it went while we looked

    def _inner(self, path: Path, source: Path, name: str) -> Iterator[Entry]:
        """An archive inside a folder: unsafe ones are set aside, the rest goes on."""
        try:
            yield from self._archive(path, str(source), f"{name}!")
        except SourceRefused:
            entry = _entry(path, str(source), name)
            yield replace(entry, path=None, refused="intake.unsafe-archive")

    def _archive(self, path: Path, source: str, prefix: str) -> Iterator[Entry]:
        members = _zip_members if zipfile.is_zipfile(path) else _tar_members
        budget = _Budget(limits=self.limits, packed=path.stat().st_size, where=str(path))
        for _ in members(path, budget, read=False):  # the whole archive is looked at before any of it is taken
            budget.count()
        budget.begin()
        source, prefix = printable(source), printable(prefix)
        for number, member in enumerate(members(path, budget, read=True)):
            key = (source, prefix + printable(member.name), member.size, member.mtime_ns)
            if not self.seen(key):
                target = self.scratch / f"{os.getpid()}-{path.stat().st_ino}-{number:08d}"
                budget.copy(member.file, target)
                source_, name, size, mtime = key
                yield Entry(source=source_, name=name, size=size, mtime_ns=mtime, path=target, unpacked=True)


def is_archive(path: Path) -> bool:
    """Whether a file is a ZIP or tar archive, by its content."""
    try:
        with path.open("rb", buffering=0) as file:
            head = file.read(265)
    except OSError:
        return False  # an unreadable file is found out, and said, by whoever reads it
    if head[128:132] == b"DICM":
        return False
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06") or _is_tar(head) or _is_tar(_unfolded(path, head))


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _unfolded(path: Path, head: bytes) -> bytes:
    """The first bytes of what a compressed file holds; none where it is no such file."""
    for mark, opened in _COMPRESSED:
        if head.startswith(mark):
            try:
                with opened(path) as file:
                    return file.read(265)
            except DAMAGED:
                return b""
    return b""


_COMPRESSED: tuple[tuple[bytes, Callable[[Path], io.BufferedIOBase]], ...] = (
    (b"\x1f\x8b\x08", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    mtime_ns: int
    file: IO[bytes]


@dataclass(kw_only=True)
class _Budget:
    """Counts what an archive unfolds to and refuses too much."""

    limits: Limits
    packed: int
    where: str
    members: int = 0
    unfolded: int = 0

    def begin(self) -> None:
        self.unfolded = 0

    def count(self) -> None:
        self.members += 1
        if self.members > self.limits.members:
            raise self.refused("has too many members")

    def grow(self, count: int) -> None:
        self.unfolded += count
        allowed = min(self.limits.total, self.limits.ratio * max(self.packed, 1 << 16))
        if self.unfolded > allowed:
            raise self.refused("unfolds to far more than it holds, as a bomb does")

    def copy(self, source: IO[bytes], target: Path) -> None:
        """Unpack a member, counting."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb") as file:
                while chunk := source.read(CHUNK):
                    self.grow(len(chunk))
                    file.write(chunk)
        except DAMAGED as damaged:
            target.unlink(missing_ok=True)
            if is_disk_full(damaged):
                raise
            raise self.refused("is damaged") from damaged

    def refused(self, why: str) -> SourceRefused:
        return SourceRefused(
            f"the archive {why}", where=self.where, do="unpack it by hand, look, and submit the folder"
        )


class _ShortHeaders(tarfile.TarInfo):
    """Headers that say more of a member (its long name, its times) are read into memory: none may be large."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _EXTENDED and self.size > CHUNK:
            raise tarfile.ReadError("a header of more than a megabyte")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


_EXTENDED = frozenset(
    {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
)


def _zip_members(path: Path, budget: _Budget, *, read: bool) -> Iterator[_Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.flag_bits & 1:
                    raise budget.refused("is encrypted")
                _check_name(info.filename, budget)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise budget.refused("holds a link")
                if not info.is_dir():
                    budget.grow(info.file_size if not read else 0)
                    with archive.open(info) as file:
                        stamp = int("".join(f"{part:02d}" for part in info.date_time))
                        yield _Member(info.filename, info.file_size, stamp, file)
    except DAMAGED as damaged:
        raise budget.refused("is damaged") from damaged


def _tar_members(path: Path, budget: _Budget, *, read: bool) -> Iterator[_Member]:
    try:
        with tarfile.open(path, "r|*", tarinfo=_ShortHeaders) as archive:
            for info in archive:
                _check_name(info.name, budget)
                if info.isdir():
                    continue
                if not info.isreg():
                    raise budget.refused("holds a link or a device")
                budget.grow(info.size if not read else 0)
                file = archive.extractfile(info)
                if file is not None:
                    yield _Member(info.name, info.size, _nanoseconds(info.mtime), file)
    except DAMAGED as damaged:
        raise budget.refused("is damaged") from damaged


def _check_name(name: str, budget: _Budget) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] == "/" or ":" in parts[0] or "\0" in name:
        raise budget.refused("holds a name that leads out of it")


def _entry(path: Path, source: str, name: str) -> Entry:
    found = path.stat()
    size, stamp = found.st_size, found.st_mtime_ns
    return Entry(source=printable(source), name=printable(name), size=size, mtime_ns=stamp, path=path)


def _leaves(path: Path, root: Path) -> bool:
    """Whether a link leads out of the source, in a circle, or nowhere."""
    if not path.is_symlink():
        return False
    try:
        return not path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # a circle is a RuntimeError up to Python 3.12
        return True


def _refused(path: Path, source: Path, root: Path, rule: str = "intake.link-out-of-source") -> Entry:
    name = printable(path.relative_to(root).as_posix())
    return Entry(source=printable(str(source)), name=name, size=0, mtime_ns=0, path=None, refused=rule)


def printable(name: str) -> str:
    """A name as it can be written down: bytes of no character set as `\\xNN`, as names of old systems have them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _nanoseconds(stamp: float) -> int:
    """A member's time, or 0 where it is none that a clock can show."""
    return int(stamp * 10**9) if math.isfinite(stamp) and abs(stamp) < 1 << 33 else 0
