"""What every command shares: `--archive`, `--json`, `--by`, where output goes, and progress."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from guideit.cli.progress import TerminalProgress

if TYPE_CHECKING:
    from rich.console import Console

    from guideit.actions.archive import Archive


@dataclass(kw_only=True)
class Session:
    """One call of the command line."""

    archive_dir: Path | None = None
    as_json: bool = False
    account: str = ""

    @property
    def by(self) -> str:
        """Who acts: `--by`, else the operating system's user."""
        return self.account or _user()

    @contextmanager
    def archive(self, *, write: bool = False) -> Iterator[Archive]:
        """The archive, opened; locked against other writers when `write`."""
        from guideit.settings import find_archive, read_settings

        root = find_archive(self.archive_dir, start=Path.cwd(), environ=os.environ)
        with read_settings(root, environ=os.environ).open(write=write) as archive:
            yield archive

    def make_archive_if_new(self) -> None:
        """Make the archive that `--archive` names, if nothing lies there, or one whose making was killed."""
        from guideit.actions.archive import init_archive, may_become_archive
        from guideit.settings import TEMPLATE

        root = self.archive_dir
        if root and may_become_archive(root):
            init_archive(root, template=TEMPLATE)

    def progress(self) -> TerminalProgress:
        """A progress bar on stderr; silent with `--json` or where stderr is no terminal."""
        return TerminalProgress(enabled=sys.stderr.isatty() and not self.as_json)

    def say(self, document: Mapping[str, Any], *renderables: Any) -> None:
        """Print one JSON document, or the same as a person reads it."""
        if self.as_json:
            plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
            sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=plain, default=str) + "\n")
            return
        for item in renderables:
            console().print(item)


def now() -> datetime:
    """The clock, read here and passed down."""
    return datetime.now(UTC)


def console() -> Console:
    """Standard output as rich writes it; brackets are what they are, for names have them too."""
    from rich.console import Console

    return Console(soft_wrap=True, highlight=False, markup=False)


def _user() -> str:
    """The operating system's user, by number where it has no name (a container's)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def session(ctx: typer.Context) -> Session:
    """This call's session."""
    return ctx.ensure_object(Session)


_common = typer.Typer()


@_common.command()
def _common_options(
    archive: Path = typer.Option(None, "--archive", metavar="DIR", help="The archive's folder."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on standard output."),
    by: str = typer.Option("", "--by", metavar="NAME", help="Who acts, for the audit log."),
) -> None:
    """Only a bearer of the options that every command takes."""


_FIELDS = {"archive": "archive_dir", "as_json": "as_json", "by": "account"}


def _store(ctx: Any, param: Any, value: Any) -> Any:
    if value:
        setattr(ctx.ensure_object(Session), _FIELDS[param.name], value)
    return value


def add_common_options(command: Any) -> Any:
    """Give `command`, and every command below it, the common options."""
    for child in getattr(command, "commands", {}).values():
        add_common_options(child)
    if hasattr(command, "commands"):
        return command
    for option in get_command(_common).params:
        if option.name in _FIELDS:
            option.expose_value, option.callback = False, _store
            command.params.append(option)
    return command
