"""`guideit prove`."""

from __future__ import annotations

from pathlib import Path

import typer

from guideit.cli.session import now, session
from guideit.trial.deidentification import PolicyName

app = typer.Typer(add_completion=False)


@app.command()
def prove(
    ctx: typer.Context,
    trial: str = typer.Argument(metavar="TRIAL", help="The trial's id."),
    policy: list[str] = typer.Option(
        list(PolicyName), "--policy", metavar="NAME", help="Compare with it; default: all; `own` for none."
    ),
    series: int = typer.Option(1, "--series", min=1, metavar="N", help="Series of each modality and device."),
    everything: bool = typer.Option(False, "--all", help="All series."),
    plot: Path = typer.Option(None, "--plot", metavar="FILE.html", help="Write the trade-off curve as a page."),
) -> None:
    """Plant made-up identifiers into a copy of the trial's data, run its policy, and score what came out.

    guideit prove demo --plot curve.html

    The trial's files are only read; the copy is removed afterwards. Exit 1 if anything planted came through, or
    less than 99.9 % of what the policy promises was kept.
    """
    from guideit.actions.prove import ProofRequest, named_policies
    from guideit.actions.prove import prove as act
    from guideit.cli.render_proof import proof_page
    from guideit.quality.planting.curve import curve_page, curve_points
    from guideit.quality.planting.score import proof_evidence

    cli = session(ctx)
    request = ProofRequest(policies=named_policies(policy), series=None if everything else series)
    with cli.archive(write=True) as archive, cli.progress() as progress:
        done = act(archive, trial, request, by=cli.by, now=now, progress=progress)
    if plot:
        plot.write_text(curve_page(done.scores, f"Leak and retention: {trial}"), "utf-8")
    document = {
        "trial": trial,
        "passed": done.own.passed,
        "sample": {"series": done.series, "of": done.of_series},
        "not_run": dict(done.not_run),
        "scores": [proof_evidence(score) for score in done.scores],
        "curve": curve_points(done.scores),
    }
    cli.say(document, *proof_page(done))
    if not done.own.passed:
        raise typer.Exit(1)
