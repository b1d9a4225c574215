"""`guideit review`."""

from __future__ import annotations

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def review(
    ctx: typer.Context,
    trial: str = typer.Argument(help="The trial's id."),
    accept: int = typer.Option(0, metavar="N", help="What finding N concerns may pass."),
    exclude: int = typer.Option(0, metavar="N", help="What finding N concerns stays back."),
    reason: str = typer.Option("", help="Why; goes into the audit log."),
) -> None:
    """List what holds a trial's release back, and decide on it.

    guideit review demo

    guideit review demo --accept 12 --reason "phantom, no person"
    """
    from guideit.actions.review import decide, findings
    from guideit.cli.render import findings_table

    cli = session(ctx)
    with cli.archive(write=bool(accept or exclude)) as archive:
        for number, decision in ((accept, "accept"), (exclude, "exclude")):
            if number:
                decide(archive, number, decision, by=cli.by, reason=reason, now=now)
        rows = findings(archive, trial)
    cli.say({"trial": trial, "findings": [dict(row) for row in rows]}, findings_table(rows))
