"""What every object store must hold to. Subclass it in a test module and give it a store:

class TestMyStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store: ...
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.errors import StoreError
from guideit.storage.stores import Store


class StoreContract:
    """The contract of `guideit.storage.stores.Store`."""

    def test_what_is_put_is_got(self, store: Store) -> None:
        """Bytes come back as they went in, whole and by range."""
        store.put_bytes("a/b.bin", b"0123456789")
        assert store.get("a/b.bin") == b"0123456789"
        assert store.get_range("a/b.bin", 3, 4) == b"3456"
        assert store.size("a/b.bin") == 10
        assert store.exists("a/b.bin")

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        """Zero bytes are kept and found."""
        store.put_bytes("empty", b"")
        assert store.get("empty") == b""
        assert store.size("empty") == 0
        assert store.get_range("empty", 0, 0) == b""

    def test_a_put_replaces(self, store: Store) -> None:
        """The last put stands."""
        store.put_bytes("k", b"old")
        store.put_bytes("k", b"newer")
        assert store.get("k") == b"newer"

    def test_a_file_is_put(self, store: Store, tmp_path: Path) -> None:
        """A file of several parts arrives whole."""
        body = bytes(range(256)) * 40_000  # 10 MB: more than one part of an upload
        (tmp_path / "source").write_bytes(body)
        store.put_file("deep/er/file.zip", tmp_path / "source")
        assert store.size("deep/er/file.zip") == len(body)
        assert store.get_range("deep/er/file.zip", 5_000_000, 512) == body[5_000_000:5_000_512]

    def test_a_copy_is_independent_of_its_source(self, store: Store) -> None:
        """Removing or replacing the first key leaves the second."""
        store.put_bytes("one", b"same")
        store.copy("one", "folder/two")
        store.put_bytes("one", b"changed")
        store.delete("one")
        assert store.get("folder/two") == b"same"

    def test_keys_are_sorted_and_below_the_prefix(self, store: Store) -> None:
        """Listing is by prefix, whole keys, in order."""
        for key in ("t/1.0/b", "t/1.0/a", "t/1.10/c", "u/x"):
            store.put_bytes(key, b".")
        assert list(store.keys("t/1.0/")) == ["t/1.0/a", "t/1.0/b"]
        assert list(store.keys("t/1.1")) == ["t/1.10/c"]
        assert list(store.keys()) == ["t/1.0/a", "t/1.0/b", "t/1.10/c", "u/x"]
        assert list(store.keys("nothing/")) == []

    def test_a_missing_object_is_an_error_that_names_the_key(self, store: Store) -> None:
        """Reading what is not there never gives empty bytes."""
        for read in (store.get, store.size, lambda key: store.get_range(key, 0, 1)):
            with pytest.raises(StoreError, match="no such object"):
                read("not/there")
        assert not store.exists("not/there")

    def test_a_range_past_the_end_is_an_error(self, store: Store) -> None:
        """Half a range is no answer."""
        store.put_bytes("short", b"123")
        with pytest.raises(StoreError):
            store.get_range("short", 2, 5)

    def test_deleting_twice_is_no_error(self, store: Store) -> None:
        """Deletion is idempotent."""
        store.put_bytes("gone", b".")
        store.delete("gone")
        store.delete("gone")
        assert not store.exists("gone")

    def test_flush_returns(self, store: Store) -> None:
        """Everything put is durable afterwards; here only that it can be asked."""
        store.put_bytes("kept", b".")
        store.flush()
        assert store.get("kept") == b"."
