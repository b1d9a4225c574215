"""`guideit trial add | show | draft`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import typer

from guideit.cli.session import now, session

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Trials: declare one, see what is known of it, draft a declaration.",
)


@app.callback()
def _group() -> None:
    """Trials: declare one, see what is known of it, draft a declaration."""


@app.command()
def add(
    ctx: typer.Context,
    file: Path = typer.Argument(metavar="TRIAL.TOML", help="The declaration."),
    key: Path | None = typer.Option(None, "--key", metavar="FILE", help="The trial's key, else a new one is made."),
) -> None:
    """Declare a trial, or change its declaration.

    guideit trial add trial.toml

    guideit trial add trial.toml --key trial.key

    The key is that of another archive that is to give the same participants the same pseudonyms.
    """
    from guideit.actions.archive import read_key
    from guideit.actions.trials import add_trial

    cli = session(ctx)
    with cli.archive(write=True) as archive:
        declared = add_trial(archive, file, by=cli.by, now=now, secret=read_key(key) if key else None)
    trial = declared.trial
    says = f"{trial.id}: {trial.title}"
    cli.say({"id": trial.id, "digest": declared.digest}, says, f"Next: guideit submit {trial.id} SOURCE...")


@app.command()
def show(ctx: typer.Context, trial: str = typer.Argument("", help="The trial's id; all trials without it.")) -> None:
    """What the archive knows of a trial, and its releases.

    guideit trial show --json
    """
    from guideit.actions.overview import overview
    from guideit.cli.render import facts_table

    cli = session(ctx)
    with cli.archive() as archive:
        found = overview(archive, trial)
    tables = [facts_table(f"{view.id}: {view.title}", view.facts()) for view in found]
    releases = [id for view in found for id in view.releases]
    none = () if found else ("No trials yet.", "Next: guideit trial add trial.toml")
    cli.say({"trials": [asdict(view) for view in found], "releases": releases}, *tables, *none)


@app.command()
def draft(
    ctx: typer.Context,
    usdm: Path = typer.Option(..., "--usdm", metavar="FILE", help="A study design in CDISC USDM 4.0 (JSON)."),
) -> None:
    """Start a trial.toml from a study design; what it does not say is marked to be completed.

    guideit trial draft --usdm study.json > trial.toml
    """
    from guideit.actions.trials import read_text
    from guideit.trial.usdm import draft_from_usdm

    text = draft_from_usdm(read_text(usdm))
    if session(ctx).as_json:
        session(ctx).say({"trial.toml": text})
    else:
        sys.stdout.buffer.write(text.encode())  # UTF-8, as trial.toml is read, whatever the terminal has
