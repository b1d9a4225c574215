"""The only reader of the environment and of `guideit.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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

[ledger]
# private = ""         # default: private/private.db; or postgresql+psycopg://user@host/database
# shared = ""          # default: shared/ledger.db; a database of its own
#                        passwords come from PGPASSWORD or ~/.pgpass
"""
_KNOWN = {"work": {"workers"}, "shelf": {"url", "endpoint", "region"}, "ledger": {"private", "shared"}}
_POSTGRESQL = "postgresql+psycopg://"


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
    shelf, ledger = body.get("shelf", {}), body.get("ledger", {})
    plan = ArchivePlan(
        root=root,
        workers=_workers(body, environ, root),
        shelf_url=_shelf_url(str(shelf.get("url", "")), root),
        shelf_options=_shelf_options(shelf, environ),
        private_url=_ledger_url(ledger, environ, "private", root),
        shared_url=_ledger_url(ledger, environ, "shared", root),
    )
    return Settings(plan=plan)


def _parse(path: Path) -> dict[str, Any]:
    try:
        body = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise UsageError("not valid TOML", where=str(path), why=str(wrong)) from wrong
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError("cannot be read as UTF-8 text", where=str(path)) from wrong
    for section, keys in body.items():
        if not isinstance(keys, dict):
            raise UsageError(
                f"{section!r} is not a section", where=str(path), do=f"write [{section}] above its settings"
            )
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


def _shelf_url(given: str, root: Path) -> str:
    """A folder is named from the archive's, wherever the line is typed."""
    return given if len(urlsplit(given).scheme) > 1 else str(root / (given or "shared/shelf"))


def _ledger_url(ledger: Mapping[str, Any], environ: Mapping[str, str], side: str, root: Path) -> str:
    variable = f"GUIDEIT_{side.upper()}_LEDGER"
    written = str(ledger.get(side, ""))
    url, where = environ.get(variable) or written, f"{root / FILE} [ledger] {side}"
    where = variable if environ.get(variable) else where
    if url and not url.startswith(_POSTGRESQL):
        raise UsageError("a ledger is a PostgreSQL database", where=where, do=f"{_POSTGRESQL}user@host/database")
    if "password" in url or ":" in url.removeprefix(_POSTGRESQL).rpartition("@")[0]:
        raise UsageError("no place for a password", where=where, do="give it as PGPASSWORD or in ~/.pgpass")
    return url


def _shelf_options(shelf: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    names = {
        "aws_access_key_id": "AWS_ACCESS_KEY_ID",
        "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "aws_region": "AWS_REGION",
    }
    found = {name: environ[variable] for name, variable in names.items() if environ.get(variable)}
    given = {"aws_endpoint": shelf.get("endpoint", ""), "aws_region": shelf.get("region", "")}
    return found | {name: str(value) for name, value in given.items() if value}
