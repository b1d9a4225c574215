"""Where objects lie: one protocol; a local folder and any S3 hold to it (`testing.store_contract`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """Objects by key (`a/b/c`, no leading slash). Each put is atomic: whole or not there.

    Every method raises `StoreError`; a missing key is `StoreError` too, with `missing = True`.
    """

    def put_bytes(self, key: str, body: bytes) -> None:
        """Write an object, replacing any."""

    def put_file(self, key: str, path: Path) -> None:
        """Write an object from a local file. A local store may move or link it; the caller gives it up."""

    def copy(self, source: str, target: str) -> None:
        """Second key for the same bytes (hard link, server-side copy)."""

    def get(self, key: str) -> bytes:
        """The whole object."""

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`."""

    def size(self, key: str) -> int:
        """Bytes the object holds."""

    def exists(self, key: str) -> bool:
        """Whether the key is there."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Keys below `prefix`, sorted."""

    def delete(self, key: str) -> None:
        """Remove an object; removing none is no error."""

    def flush(self) -> None:
        """Return only when everything put so far survives a power cut."""
