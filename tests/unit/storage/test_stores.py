"""Local folders and S3 hold to one contract. S3 is a server that truly runs here."""

from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from guideit.errors import StoreError, UsageError
from guideit.storage.local import LocalStore
from guideit.storage.open_store import open_store
from guideit.storage.s3 import S3Store
from guideit.storage.stores import Store
from guideit.testing.store_contract import StoreContract


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """moto's S3 server on loopback (rclone's answers range requests without 206, which obstore refuses)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def _bucket(endpoint: str) -> str:
    """A new bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    return name


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "store")

    @pytest.mark.parametrize("key", ["../out", "/etc/x", "a/../../x", "a\\b", "c:/x", "", "a/./b"])
    def test_a_key_cannot_leave_the_folder(self, store: Store, key: str) -> None:
        with pytest.raises(StoreError, match="not a key"):
            store.put_bytes(key, b".")

    def test_a_half_written_object_is_not_listed(self, store: LocalStore) -> None:
        store.put_bytes("whole", b".")
        (store.root / ".half-123").write_bytes(b"half")
        assert list(store.keys()) == ["whole"]


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, s3_endpoint: str) -> Store:
        options = {
            "aws_endpoint": s3_endpoint,
            "aws_access_key_id": "key",
            "aws_secret_access_key": "secret",
            "aws_region": "us-east-1",
        }
        return open_store(f"s3://{_bucket(s3_endpoint)}/pre/fix", options)

    def test_a_bucket_that_is_not_there_is_a_store_error(self, s3_endpoint: str) -> None:
        options = {"aws_endpoint": s3_endpoint, "aws_region": "us-east-1", "aws_skip_signature": "true"}
        with pytest.raises(StoreError):
            S3Store("no-such-bucket", "", options).put_bytes("x", b".")


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="no such kind of store"):
        open_store("ftp://host/folder", {})
