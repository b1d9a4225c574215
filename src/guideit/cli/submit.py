"""`guideit submit`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def submit(
    ctx: typer.Context,
    trial: str = typer.Argument(help="The trial's id."),
    sources: list[Path] = typer.Argument(metavar="SOURCE...", help="Folders, ZIP or tar archives."),
    reference: bool = typer.Option(False, "--reference", help="Leave source bytes where they are."),
) -> None:
    """Take files in: recognised by content, hashed, indexed; what cannot be used is set aside with a reason.

    guideit submit demo /data/site-a /data/site-b.zip

    What was received before is not received again, so the same line goes on where it was stopped.
    """
    from guideit.actions.submit import Sources
    from guideit.actions.submit import submit as act
    from guideit.cli.render import facts_table

    cli = session(ctx)
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, trial, Sources(paths=sources, reference=reference), by=cli.by, now=now, progress=progress)
    facts = {name.replace("_", " "): value for name, value in asdict(done).items()}
    cli.say(asdict(done), facts_table("Received", facts), f"Next: guideit deidentify {trial}")
