"""`guideit check`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def check(ctx: typer.Context, trial: str = typer.Argument(help="The trial's id.")) -> None:
    """Read every cleaned series again with other code; only what passes can be released.

    guideit check demo
    """
    from guideit.actions.check import check as act
    from guideit.cli.render import facts_table

    cli = session(ctx)
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, trial, by=cli.by, now=now, progress=progress)
    cli.say(asdict(done), facts_table("Checked", asdict(done)))
    if done.failed or done.tables_failed:
        raise typer.Exit(1)
