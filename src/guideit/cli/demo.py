"""`guideit demo`."""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from guideit.cli.session import now, session
from guideit.errors import UsageError

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    ctx: typer.Context,
    to: Path = typer.Option(Path("guideit-demo"), "--to", metavar="DIR", help="Where; replaced if a demo made it."),
) -> None:
    """Make up a trial of three sites and two arms, run the whole way on it, and say where to look.

    guideit demo --to /tmp/demo
    """
    from guideit.actions.share import ShareRequest
    from guideit.actions.share import share as act
    from guideit.cli.summary import share_document, share_tables
    from guideit.testing.example import make_example

    cli = session(ctx)
    _clear(to)
    example = make_example(to / "trial")
    (to / _MARK).touch()
    cli.archive_dir = to / "archive"
    cli.make_archive_if_new()
    request = ShareRequest(trial=example.trial, sources=example.sources, version="1.0", date=now().date().isoformat())
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, request, by=cli.by, now=now, progress=progress)
        shelf = archive.plan.shelf_url
    look = (
        f"Read about it:      {shelf}/{done.release.id}/evidence/report.html",
        f"The sources:        {to / 'trial'} (made up)",
        f"Look around:        cd {to / 'archive'} && guideit review {done.release.trial}",
    )
    cli.say(share_document(done), *share_tables(done, shelf), *look)
    if not done.certificate.passed:
        raise typer.Exit(1)


_MARK = ".guideit-demo"


def _clear(folder: Path) -> None:
    """Remove an earlier demo; anything else is left alone."""
    if (folder / _MARK).exists():
        shutil.rmtree(folder)
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("the folder is not empty and no demo made it", where=str(folder), do="--to ANOTHER")
