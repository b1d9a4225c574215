"""`guideit deidentify`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def deidentify(ctx: typer.Context, trial: str = typer.Argument(help="The trial's id.")) -> None:
    """Clean every received series that may pass, and every declared table.

    guideit deidentify demo
    """
    from guideit.actions.deidentify import deidentify as act
    from guideit.cli.render import facts_table

    cli = session(ctx)
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, trial, by=cli.by, now=now, progress=progress)
    held = f"{done.held} series are held back: guideit review {trial}" if done.held else ""
    cli.say(asdict(done), facts_table("De-identified", asdict(done)), held or f"Next: guideit check {trial}")
