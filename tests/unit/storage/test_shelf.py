"""The shelf: a release is there once its seal is; a sealed one never changes."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from guideit.errors import Refused, SealBroken, UsageError
from guideit.storage.local import LocalStore
from guideit.storage.shelf import Shelf
from guideit.trial.release import Counts, Release, ReleaseObject, release_from_json


def _release(version: str, files: dict[str, bytes], previous: str | None = None) -> Release:
    objects = tuple(
        ReleaseObject(path=path, size=len(body), sha256=hashlib.sha256(body).hexdigest())
        for path, body in sorted(files.items())
    )
    counts = Counts(participants=1, studies=1, series=1, instances=1, tables=0)
    return Release(
        trial="t",
        version=version,
        title="T",
        date="2026-01-02",
        licence="CC-BY-4.0",
        previous=previous,
        policy_digest="0",
        tool="guideit 0",
        counts=counts,
        objects=objects,
    )


def _sources(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    paths = {}
    for number, (path, body) in enumerate(files.items()):
        paths[path] = folder / f"source-{number}-{hashlib.sha256(body).hexdigest()[:8]}"
        paths[path].write_bytes(body)
    return paths


FILES = {"images/p/s/1.zip": b"one", "evidence/x.json": b"{}"}


def test_what_is_sealed_can_be_read(tmp_path: Path) -> None:
    shelf, release = Shelf(LocalStore(tmp_path / "shelf")), _release("1.0", FILES)
    shelf.seal(release, _sources(tmp_path, FILES))
    assert shelf.releases() == ["t/1.0"]
    assert shelf.read("t/1.0") == release
    assert list(shelf.keys("t/1.0")) == ["evidence/x.json", "images/p/s/1.zip", "release.json"]
    assert release_from_json(release.to_json()) == release


def test_sealing_again_does_nothing_and_other_content_is_refused(tmp_path: Path) -> None:
    shelf, release = Shelf(LocalStore(tmp_path / "shelf")), _release("1.0", FILES)
    shelf.seal(release, _sources(tmp_path, FILES))
    shelf.seal(release, {})
    other = {**FILES, "images/p/s/1.zip": b"two"}
    with pytest.raises(Refused, match="sealed already"):
        shelf.seal(_release("1.0", other), _sources(tmp_path, other))
    assert shelf.store.get("t/1.0/images/p/s/1.zip") == b"one"


def test_a_release_without_its_seal_is_not_there(tmp_path: Path) -> None:
    """As after a kill half way: nothing is listed, and the next run leaves no stranger behind."""
    shelf = Shelf(LocalStore(tmp_path / "shelf"))
    shelf.store.put_bytes("t/1.0/images/left.zip", b"left by a killed run")
    assert shelf.releases() == []
    with pytest.raises(UsageError, match="no such release"):
        shelf.read("t/1.0")
    shelf.seal(_release("1.0", FILES), _sources(tmp_path, FILES))
    assert "images/left.zip" not in list(shelf.keys("t/1.0"))


def test_the_next_version_reuses_what_did_not_change(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "shelf")
    shelf = Shelf(store)
    shelf.seal(_release("1.0", FILES), _sources(tmp_path, FILES))
    more = {**FILES, "images/p/s/2.zip": b"more"}
    sources = _sources(tmp_path, {"images/p/s/2.zip": b"more"})  # unchanged objects need no source
    shelf.seal(_release("1.1", more, previous="1.0"), sources)
    first, second = (store.root / "t" / v / "images/p/s/1.zip" for v in ("1.0", "1.1"))
    assert first.stat().st_ino == second.stat().st_ino
    assert shelf.releases("t") == ["t/1.0", "t/1.1"]


def test_a_seal_that_is_no_seal_is_broken(tmp_path: Path) -> None:
    shelf = Shelf(LocalStore(tmp_path / "shelf"))
    shelf.store.put_bytes("t/1.0/release.json", b"{}")
    with pytest.raises(SealBroken):
        shelf.read("t/1.0")


def test_the_root_digest_covers_every_fact() -> None:
    release = _release("1.0", FILES)
    changed = [
        dataclasses.replace(release, title="other"),
        dataclasses.replace(release, policy_digest="1"),
        dataclasses.replace(release, objects=release.objects[:1]),
        dataclasses.replace(release, counts=dataclasses.replace(release.counts, series=2)),
    ]
    assert len({r.root for r in [release, *changed]}) == len(changed) + 1
