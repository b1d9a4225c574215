"""Objects in a local folder."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from guideit.errors import StoreError
from guideit.storage.durable import flush_tree

HALF = ".half-"
"""Prefix of files being written; never listed as objects."""


class LocalStore:
    """Objects as files below `root`; a put writes beside its target and renames."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_bytes(self, key: str, body: bytes) -> None:
        """Write an object, replacing any."""
        target = self._path(key, make=True)
        half = _half(target)
        try:
            half.write_bytes(body)
            half.replace(target)
        except OSError:
            half.unlink(missing_ok=True)
            raise

    def put_file(self, key: str, path: Path) -> None:
        """Write an object by hard link, or by copy where `path` lies on another disk."""
        _link(path, self._path(key, make=True))

    def copy(self, source: str, target: str) -> None:
        """Second key for the same bytes."""
        _link(self._existing(source), self._path(target, make=True))

    def get(self, key: str) -> bytes:
        """The whole object."""
        return self._existing(key).read_bytes()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`.

        Raises:
            StoreError: The object ends before.
        """
        with self._existing(key).open("rb") as file:
            file.seek(offset)
            body = file.read(length)
        if len(body) != length:
            raise StoreError("the object is shorter than asked for", where=key)
        return body

    def size(self, key: str) -> int:
        """Bytes the object holds."""
        return self._existing(key).stat().st_size

    def exists(self, key: str) -> bool:
        """Whether the key is there."""
        return self._path(key).is_file()

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Keys below `prefix`, sorted."""
        folder = self.root / prefix.rpartition("/")[0]
        found = (p.relative_to(self.root).as_posix() for p in folder.rglob("*") if p.is_file())
        yield from sorted(k for k in found if k.startswith(prefix) and HALF not in k)

    def delete(self, key: str) -> None:
        """Remove an object; removing none is no error."""
        self._path(key).unlink(missing_ok=True)

    def flush(self) -> None:
        """Return only when everything put so far survives a power cut."""
        flush_tree(self.root)

    def _path(self, key: str, *, make: bool = False) -> Path:
        parts = key.split("/")
        if any(part in {"", ".", ".."} or "\\" in part or ":" in part for part in parts):
            raise StoreError("not a key", where=key)
        path = self.root.joinpath(*parts)
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise StoreError("no such object", where=key)
        return path


def _half(target: Path) -> Path:
    return target.with_name(f"{HALF}{uuid.uuid4().hex}")


def _link(source: Path, target: Path) -> None:
    half = _half(target)
    try:
        os.link(source, half)
    except OSError:  # another disk, or a file system without hard links
        _copy(source, half)
    half.replace(target)


def _copy(source: Path, half: Path) -> None:
    try:
        shutil.copyfile(source, half)
    except OSError:
        half.unlink(missing_ok=True)
        raise
