"""The only reader of the environment and of `guideit.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive, ArchivePlan, open_archive
from guideit.errors import UsageError

FILE = "guideit.toml"
TEMPLATE = """# An archive of guideit. Everything here is optional; the values shown are the defaults.

[work]
# workers = 2          # processes for de-identification and verification; default: one per core

[shelf]
# url = "shared/shelf" # a folder, or s3://bucket/prefix
# endpoint = ""        # for an S3 that is not Amazon's
#                        credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
"""
_KNOWN = {"work": {"workers"}, "shelf": {"url", "endpoint", "region"}}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment and `guideit.toml` say."""

    plan: ArchivePlan

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[Archive]:
        """The archive, its databases migrated; locked against other writers when `write`."""
        with open_archive(self.plan, write=write) as archive:
            yield archive


def find_archive(given: Path | None, *, start: Path, environ: Mapping[str, str]) -> Path:
    """The archive's folder: `--archive`, else `$GUIDEIT_ARCHIVE`, else the nearest one upwards.

    Raises:
        UsageError: There is none.
    """
    if given or environ.get("GUIDEIT_ARCHIVE"):
        root = given or Path(environ["GUIDEIT_ARCHIVE"])
        if not (root / FILE).is_file():
            raise UsageError("this folder is no archive", where=str(root), do=f"guideit init {root}")
        return root.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder.resolve()
    raise UsageError(
        "no archive here or in a folder above", do="guideit init archive && cd archive, or add --archive DIR"
    )


def read_settings(root: Path, *, environ: Mapping[str, str]) -> Settings:
    """Read `guideit.toml` of the archive at `root`.

    Raises:
        UsageError: The file is no TOML, or has a section, key or value that guideit does not know.
    """
    body = _parse(root / FILE)
    shelf = body.get("shelf", {})
    plan = ArchivePlan(
        root=root,
        workers=_workers(body, environ, root),
        shelf_url=str(shelf.get("url", "") or (root / "shared" / "shelf")),
        shelf_options=_shelf_options(shelf, environ),
    )
    return Settings(plan=plan)


def _parse(path: Path) -> dict[str, Any]:
    try:
        body = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise UsageError("not valid TOML", where=str(path), why=str(wrong)) from wrong
    for section, keys in body.items():
        unknown = set(keys) - _KNOWN[section] if section in _KNOWN else {section}
        if unknown:
            raise UsageError(f"does not know {sorted(unknown)[0]!r}", where=f"{path} [{section}]")
    return body


def _workers(body: Mapping[str, Any], environ: Mapping[str, str], root: Path) -> int:
    wanted = environ.get("GUIDEIT_WORKERS") or body.get("work", {}).get("workers") or os.cpu_count() or 1
    try:
        return max(1, int(wanted))
    except ValueError as wrong:
        raise UsageError("workers must be a whole number", where=str(root / FILE)) from wrong


def _shelf_options(shelf: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    names = {
        "aws_access_key_id": "AWS_ACCESS_KEY_ID",
        "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "aws_region": "AWS_REGION",
    }
    found = {name: environ[variable] for name, variable in names.items() if environ.get(variable)}
    given = {"aws_endpoint": shelf.get("endpoint", ""), "aws_region": shelf.get("region", "")}
    return found | {name: str(value) for name, value in given.items() if value}
