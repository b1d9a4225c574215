"""`guideit policy`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from guideit.cli.session import session

app = typer.Typer(add_completion=False, no_args_is_help=True, help="What policies do, in plain words.")
_POLICY = "basic, trial, open, a policy file, or a trial.toml."


@app.command()
def show(ctx: typer.Context, policy: str = typer.Argument("trial", help=_POLICY)) -> None:
    """What a policy does: its options, dates, attributes, and what is held back.

    guideit policy show trial

    guideit policy show trial.toml
    """
    from guideit.actions.policies import policy as compiled
    from guideit.cli.render_policy import policy_page
    from guideit.deid.policy_words import policy_facts

    found = compiled(policy)
    facts = policy_facts(found)
    session(ctx).say({"policy": policy, "digest": found.digest, **asdict(facts)}, *policy_page(policy, facts))


@app.command()
def diff(
    ctx: typer.Context,
    first: str = typer.Argument(help=_POLICY),
    second: str = typer.Argument(help=_POLICY),
) -> None:
    """What two policies do differently.

    guideit policy diff basic trial

    guideit policy diff trial trial.toml
    """
    from guideit.actions.policies import policy as compiled
    from guideit.cli.render_policy import difference_page
    from guideit.deid.policy_words import policy_difference

    found = policy_difference(compiled(first), compiled(second))
    attributes = [
        {"first": before.name.lower(), "second": after.name.lower(), "attributes": words}
        for (before, after), words in found.attributes.items()
    ]
    document = {
        "first": first,
        "second": second,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "dates": found.dates,
        "private": found.private,
        "held_only_first": found.held[0],
        "held_only_second": found.held[1],
        "attributes": attributes,
    }
    session(ctx).say(document, *difference_page(first, second, found))
