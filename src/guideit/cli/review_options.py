"""What can be asked of `guideit review` besides its decisions: more options than one function should take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command


@dataclass(kw_only=True)
class Asked:
    """The options given, by name."""

    box: tuple[str, ...] = ()
    reason: str = ""
    same_layout: bool = False
    yes: str = ""
    sheet: Path | None = None
    apply: Path | None = None
    only: str = ""
    every: bool = False
    with_texts: bool = False


_KEY = "guideit.review"
_bearer = typer.Typer()


@_bearer.command("deciding")
def _deciding(
    box: list[str] = typer.Option([], "--box", metavar="L,T,R,B[@F-L][#I]", help="Blank this too; with --redact."),
    reason: str = typer.Option("", "--reason", help="Why; kept with the decision."),
    same_layout: bool = typer.Option(False, "--same-layout", help="For all images of that device layout: preview it."),
    yes: str = typer.Option("", "--yes", metavar="TOKEN", help="Do what was previewed."),
    apply: Path = typer.Option(None, "--apply", metavar="FILE", help="Decide as saved from a contact sheet."),
) -> None:
    """Only a bearer of options."""


@_bearer.command("seeing")
def _seeing(
    sheet: Path = typer.Option(None, "--sheet", metavar="FILE", help="Write a contact sheet (HTML) to decide on."),
    only: str = typer.Option("", "--rule", metavar="PREFIX", help="Only rules that begin so."),
    every: bool = typer.Option(False, "--all", help="What is decided too."),
    with_texts: bool = typer.Option(False, "--with-texts", help="With --json: the texts in doubt themselves."),
) -> None:
    """Only a bearer of options."""


def asked(ctx: typer.Context) -> Asked:
    """This call's options."""
    found: Asked = ctx.meta.setdefault(_KEY, Asked())
    return found


def _store(ctx: Any, param: Any, value: Any) -> Any:
    if value:
        setattr(asked(ctx), param.name, value)
    return value


class ReviewCommand(TyperCommand):
    """A command that also takes the options above."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for command in get_command(_bearer).commands.values():  # type: ignore[attr-defined]
            for option in command.params:
                if option.name in Asked.__dataclass_fields__:
                    option.expose_value, option.callback = False, _store
                    self.params.append(option)
