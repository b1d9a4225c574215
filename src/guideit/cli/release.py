"""`guideit release`."""

from __future__ import annotations

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def release(
    ctx: typer.Context,
    trial: str = typer.Argument(help="The trial's id."),
    version: str = typer.Argument(help="The release's version."),
    date: str = typer.Option("", metavar="YYYY-MM-DD", help="The release's date; default today."),
) -> None:
    """Seal what is clean and checked as a new, immutable version.

    guideit release demo 1.0
    """
    from guideit.actions.release import seal_release
    from guideit.cli.summary import release_document, release_table

    cli = session(ctx)
    with cli.archive(write=True) as archive:
        sealed = seal_release(archive, trial, version, date=date or now().date().isoformat(), by=cli.by, now=now)
    cli.say(release_document(sealed), release_table(sealed), f"Next: guideit verify {sealed.id}")
