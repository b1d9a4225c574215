"""Which kind of store a URL names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from guideit.errors import UsageError
from guideit.storage.local import LocalStore
from guideit.storage.s3 import S3Store
from guideit.storage.stores import Store


def open_store(url: str, options: Mapping[str, str]) -> Store:
    """A store at a folder's path, `file:` URL or `s3://bucket/prefix`.

    Raises:
        UsageError: It names another kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Store(parts.netloc, parts.path.strip("/"), options)
    if parts.scheme == "file":
        return LocalStore(Path(parts.path))
    if len(parts.scheme) > 1:  # one letter is a drive
        raise UsageError("no such kind of store", where=parts.scheme, do="use a folder or s3://bucket/prefix")
    return LocalStore(Path(url))
