"""A release's objects: all there, unchanged, nothing else, and no identifier in those that are text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import pyarrow.parquet as pq

from guideit.quality.inputs import Verdict
from guideit.quality.needles import Needles
from guideit.trial.release import Release

Digest = Callable[[str], tuple[int, str]]
"""Path of an object -> its size in bytes and SHA-256, read anew."""


def check_seal(release: Release, stated_root: str, present: Iterable[str], digest: Digest, verdict: Verdict) -> None:
    """The seal's own digest, and every object's."""
    verdict.count("seal")
    if release.root != stated_root:
        verdict.fail("seal", "release.json", "the root digest is not that of what the seal says")
    listed = {item.path: item for item in release.objects}
    found = set(present) - {"release.json"}
    for path in sorted(found - listed.keys()):
        verdict.fail("seal", path, "an object that the seal does not list")
    for path, item in listed.items():
        if path not in found:
            verdict.fail("seal", path, "an object is missing")
            continue
        verdict.count("objects")
        if digest(path) != (item.size, item.sha256):
            verdict.fail("seal", path, "an object is not what the seal says")


def check_text(path: str, body: bytes, wanted: Iterable[Needles], verdict: Verdict) -> None:
    """Names, tables and evidence: no identifier of any participant."""
    verdict.count("texts")
    cells = list(_cells(path, body))
    for needle in wanted:
        if needle.in_text(path):
            verdict.fail("residue", "an object's name", "a known identifier")
        if needle.in_bytes(body) or any(needle.in_text(cell) for cell in cells):
            verdict.fail("residue", path, "a known identifier")


def _cells(path: str, body: bytes) -> Iterable[str]:
    """The texts of an object: a Parquet file's distinct strings, or the whole text."""
    if path.endswith(".parquet"):
        table = pq.ParquetFile(io.BytesIO(body)).read(use_threads=False)
        for column in table.columns:
            if str(column.type) == "string":
                yield from (str(value) for value in column.unique().to_pylist() if value)
    elif not path.endswith(".zip"):
        yield body.decode("utf-8", "replace")
