"""Clean instances as plain files: headers from memory, pixels from file to file inside the kernel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from guideit.deid.subject import CleanInstance, FileRange, Piece

CHUNK = 1 << 22
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class FolderWriter:
    """Writes `<study>/<series>/<instance>.dcm` below a folder; each file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[tuple[str, str], str] = {}

    def write(self, instance: CleanInstance) -> None:
        """Write one instance, replacing any of its name."""
        folder = self._folders.get((instance.study, instance.series)) or self._make(instance)
        target = f"{folder}{os.sep}{instance.instance}.dcm"
        half = f"{folder}{os.sep}.half-{instance.instance}"
        try:
            self._write(half, instance.pieces)
        except OSError:
            Path(half).unlink(missing_ok=True)
            raise
        os.replace(half, target)  # noqa: PTH105 a Path for each of many thousand files costs more than the rename

    @staticmethod
    def _write(half: str, pieces: Sequence[Piece]) -> None:
        handle = os.open(half, _FLAGS, 0o644)
        try:
            for run in _runs(pieces):
                _copy_range(run, handle) if isinstance(run, FileRange) else _write(handle, run)
        finally:
            os.close(handle)

    def _make(self, instance: CleanInstance) -> str:
        folder = self._root / instance.study / instance.series
        folder.mkdir(parents=True, exist_ok=True)
        self._folders[instance.study, instance.series] = str(folder)
        return str(folder)


def _runs(pieces: Sequence[Piece]) -> list[FileRange | list[bytes | memoryview]]:
    """Neighbouring pieces in memory together, for one call to write them."""
    runs: list[FileRange | list[bytes | memoryview]] = []
    for piece in pieces:
        if isinstance(piece, FileRange):
            runs.append(piece)
        elif runs and isinstance(runs[-1], list):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _write(handle: int, pieces: list[bytes | memoryview]) -> None:
    body = memoryview(b"".join(pieces) if len(pieces) > 1 else pieces[0])
    while body:
        body = body[os.write(handle, body) :]


def _copy_range(piece: FileRange, handle: int) -> None:
    """Pixels from file to file: inside the kernel where it offers that, else through memory."""
    source = os.open(piece.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        at, left = piece.offset, piece.length
        copy = getattr(os, "copy_file_range", None)
        while copy and left:
            try:
                done = copy(source, handle, left, at)
            except OSError:
                break  # not between these file systems
            if not done:
                break
            at, left = at + done, left - done
        if left:
            _copy_through_memory(source, handle, at, left)
    finally:
        os.close(source)


def _copy_through_memory(source: int, handle: int, at: int, left: int) -> None:
    os.lseek(source, at, os.SEEK_SET)
    while left:
        chunk = os.read(source, min(CHUNK, left))
        if not chunk:
            raise OSError("a source file became shorter while it was read")
        _write(handle, [chunk])
        left -= len(chunk)
