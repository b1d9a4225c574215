"""The command table. A command's module is imported when it is called: `guideit deid` loads no database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from guideit.cli.session import add_common_options
from guideit.version import __version__

COMMANDS = {
    "demo": "guideit.cli.demo",
    "init": "guideit.cli.init",
    "trial": "guideit.cli.trial",
    "submit": "guideit.cli.submit",
    "deidentify": "guideit.cli.deidentify",
    "check": "guideit.cli.check",
    "risk": "guideit.cli.risk",
    "review": "guideit.cli.review",
    "prove": "guideit.cli.prove",
    "release": "guideit.cli.release",
    "share": "guideit.cli.share",
    "deid": "guideit.cli.deid",
    "policy": "guideit.cli.policy",
    "verify": "guideit.cli.verify",
    "audit": "guideit.cli.audit",
}
"""Name on the command line -> module holding its `app`, in the order `--help` lists them."""


class LazyGroup(TyperGroup):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, with the options every command takes."""
        if cmd_name not in COMMANDS:
            return None
        command = get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return add_common_options(command)


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guideit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print it."),
) -> None:
    """From a trial's private folders to a de-identified, verified, sealed release.

    Begin with `guideit demo`, or with your own trial:

        guideit init archive
        guideit trial draft --usdm study.json > trial.toml
        guideit share trial.toml /data/site-a /data/site-b --release 1.0
    """
