"""Objects in an S3 bucket, through obstore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from guideit.errors import StoreError


class S3Store:
    """Objects below a prefix of a bucket. S3 puts are atomic and durable when they return."""

    def __init__(self, bucket: str, prefix: str, options: Mapping[str, str]) -> None:
        plain = options.get("aws_endpoint", "").startswith("http:")
        self._bucket = Bucket(
            bucket,
            prefix=prefix or None,
            config=dict(options),  # type: ignore[arg-type]
            client_options={"allow_http": plain, "timeout": "300s"},
        )

    def put_bytes(self, key: str, body: bytes) -> None:
        """Write an object, replacing any."""
        with _told(key):
            obstore.put(self._bucket, key, body)

    def put_file(self, key: str, path: Path) -> None:
        """Upload a file, in parts where it is large."""
        with _told(key):
            obstore.put(self._bucket, key, path)

    def copy(self, source: str, target: str) -> None:
        """Second key for the same bytes, copied by the server."""
        with _told(source):
            obstore.copy(self._bucket, source, target)

    def get(self, key: str) -> bytes:
        """The whole object."""
        with _told(key):
            return bytes(obstore.get(self._bucket, key).bytes())

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`.

        Raises:
            StoreError: The object ends before.
        """
        if length == 0:
            return b""
        with _told(key):
            body = bytes(obstore.get_range(self._bucket, key, start=offset, length=length))
        if len(body) != length:
            raise StoreError("the object is shorter than asked for", where=key)
        return body

    def size(self, key: str) -> int:
        """Bytes the object holds."""
        with _told(key):
            return int(obstore.head(self._bucket, key)["size"])

    def exists(self, key: str) -> bool:
        """Whether the key is there."""
        try:
            obstore.head(self._bucket, key)
        except FileNotFoundError:
            return False
        except BaseError as failed:
            raise _error(key, failed) from failed
        return True

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Keys below `prefix`, sorted. S3 lists by whole folders, so a partial last name is filtered here."""
        with _told(prefix):
            folder = prefix.rpartition("/")[0]
            listed = (item["path"] for page in obstore.list(self._bucket, folder or None) for item in page)
            yield from sorted(key for key in listed if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove an object; removing none is no error."""
        with _told(key):
            try:
                obstore.delete(self._bucket, key)
            except FileNotFoundError:
                return

    def flush(self) -> None:
        """Nothing to wait for: a put has returned only when the server keeps it."""


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Turn the library's errors into ours, naming the object."""
    try:
        yield
    except FileNotFoundError as missing:
        raise StoreError("no such object", where=key) from missing
    except (BaseError, OSError) as failed:
        raise _error(key, failed) from failed


def _error(key: str, failed: Exception) -> StoreError:
    return StoreError(
        "the S3 store did not answer as it should",
        where=key,
        why=type(failed).__name__,
        do="check [shelf] in guideit.toml, the credentials in the environment, and the network",
    )
