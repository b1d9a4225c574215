"""`guideit init`."""

from __future__ import annotations

from pathlib import Path

import typer

from guideit.cli.session import session

app = typer.Typer(add_completion=False)


@app.command()
def init(ctx: typer.Context, folder: Path = typer.Argument(help="A new or empty folder.")) -> None:
    """Make an archive.

    guideit init archive
    """
    from guideit.actions.archive import init_archive
    from guideit.settings import TEMPLATE

    root = init_archive(folder, template=TEMPLATE)
    session(ctx).say(
        {"archive": str(root)},
        f"Made an archive in {root}.",
        f"Next: guideit share trial.toml SOURCE... --release 1.0 --archive {root}",
    )
