"""`guideit risk`."""

from __future__ import annotations

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def risk(ctx: typer.Context, trial: str = typer.Argument(help="The trial's id.")) -> None:
    """How probable it is that a participant is recognised, under which assumptions, and what would lower that.

    guideit risk demo
    """
    from guideit.actions.assess_risk import assess_risk
    from guideit.cli.render_risk import risk_page

    cli = session(ctx)
    with cli.archive(write=True) as archive:
        done = assess_risk(archive, trial, by=cli.by, now=now)
    cli.say(done.private_document(), *risk_page(done))
    if not done.holds and not done.accepted:
        raise typer.Exit(1)
