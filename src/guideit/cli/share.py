"""`guideit share`."""

from __future__ import annotations

from pathlib import Path

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def share(
    ctx: typer.Context,
    trial: Path = typer.Argument(metavar="TRIAL.TOML", help="The trial's declaration."),
    sources: list[Path] = typer.Argument(metavar="SOURCE...", help="Folders, ZIP or tar archives."),
    release: str = typer.Option(..., "--release", metavar="VERSION", help="The release's version."),
    reference: bool = typer.Option(False, "--reference", help="Leave source bytes where they are."),
    date: str = typer.Option("", metavar="YYYY-MM-DD", help="The release's date; default today."),
) -> None:
    """The whole way: trial add, submit, deidentify, check, release, verify.

    guideit share trial.toml /data/site-a /data/site-b.zip --release 1.0

    Makes the archive first if `--archive` names a new or empty folder. Stop it whenever you like: the same
    line goes on where it stopped. Exit 1 where something was refused or the verifier found something.
    """
    from guideit.actions.share import ShareRequest
    from guideit.actions.share import share as act
    from guideit.cli.summary import share_document, share_tables

    cli = session(ctx)
    cli.make_archive_if_new()
    request = ShareRequest(
        trial=trial,
        sources=sources,
        version=release,
        date=date or now().date().isoformat(),
        reference=reference,
    )
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, request, by=cli.by, now=now, progress=progress)
        where = archive.plan.shelf_url
    cli.say(share_document(done), *share_tables(done, where))
    if not done.certificate.passed:
        raise typer.Exit(1)
