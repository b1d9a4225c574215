"""What a sealed release is: the values behind `release.json` and the index.

Everything that catalogues, serves or analyses data takes one of these, never a path or a source file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
"""Version of the release layout."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ReleaseObject:
    """One sealed object: its key below `<trial>/<version>/`, size in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What a release holds. Numbers about people leave only through `disclosure`."""

    participants: int
    studies: int
    series: int
    instances: int
    tables: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """An immutable, versioned, content-hashed snapshot.

    Attributes:
        trial: The trial's id.
        version: The release's version, unique in the trial.
        title: The trial's title.
        date: ISO date of sealing, an input (identical inputs give identical bytes).
        licence: SPDX id or URL.
        previous: Version this one follows, or None.
        policy_digest: SHA-256 of the compiled de-identification policy.
        tool: `guideit <version>`.
        counts: What is inside.
        objects: Every object but `release.json` itself, sorted by path.
    """

    trial: str
    version: str
    title: str
    date: str
    licence: str
    previous: str | None
    policy_digest: str
    tool: str
    counts: Counts
    objects: tuple[ReleaseObject, ...]

    @property
    def id(self) -> str:
        """`trial/version`, as used on the command line."""
        return f"{self.trial}/{self.version}"

    @property
    def root(self) -> str:
        """The root digest over everything the seal says."""
        return root_digest(self)

    def to_json(self) -> str:
        """`release.json`: canonical, sorted, newline at the end."""
        body = asdict(self) | {"format": FORMAT, "root": self.root}
        return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def root_digest(release: Release) -> str:
    """SHA-256 over the seal's own facts and one `sha256  size  path` line per object in path order."""
    facts = {k: v for k, v in asdict(release).items() if k != "objects"}
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode())
    for item in sorted(release.objects, key=lambda o: o.path):
        digest.update(f"\n{item.sha256}  {item.size}  {item.path}".encode())
    return digest.hexdigest()


def release_from_json(text: str | bytes) -> Release:
    """Read `release.json`.

    Raises:
        ValueError: It is not a seal of this format. Its digests are *not* checked here: `verify` does.
    """
    body: dict[str, Any] = json.loads(text)
    if body.pop("format", None) != FORMAT:
        raise ValueError("not a release.json of format 1")
    body.pop("root", None)
    body["counts"] = Counts(**body["counts"])
    body["objects"] = tuple(ReleaseObject(**item) for item in body["objects"])
    try:
        return Release(**body)
    except TypeError as wrong:
        raise ValueError("release.json lacks or adds fields") from wrong


def objects_sorted(objects: Iterable[ReleaseObject]) -> tuple[ReleaseObject, ...]:
    """Objects in the order the seal lists them."""
    return tuple(sorted(objects, key=lambda o: o.path))
