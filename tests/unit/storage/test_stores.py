"""Local folders and S3 hold to one contract. S3 is a server that truly runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.errors import StoreError, UsageError
from guideit.storage.local import LocalStore
from guideit.storage.open_store import open_store
from guideit.storage.s3 import S3Store
from guideit.storage.stores import Store
from guideit.testing.store_contract import StoreContract


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
    def store(self, s3: tuple[str, dict[str, str]]) -> Store:
        return open_store(*s3)

    def test_a_bucket_that_is_not_there_is_a_store_error(self, s3_endpoint: str) -> None:
        options = {"aws_endpoint": s3_endpoint, "aws_region": "us-east-1", "aws_skip_signature": "true"}
        with pytest.raises(StoreError):
            S3Store("no-such-bucket", "", options).put_bytes("x", b".")


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="no such kind of store"):
        open_store("ftp://host/folder", {})
