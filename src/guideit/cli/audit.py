"""`guideit audit verify`."""

from __future__ import annotations

import typer

from guideit.cli.session import session

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The append-only log of every act.")


@app.callback()
def _group() -> None:
    """The append-only log of every act."""


@app.command()
def verify(ctx: typer.Context) -> None:
    """Prove that no event of either side's log was changed, removed or reordered.

    guideit audit verify --archive archive
    """
    from guideit.actions.audit import verify_audit

    cli = session(ctx)
    with cli.archive() as archive:
        proofs = verify_audit(archive)
    lines = [f"{side}: {p.events} events, unbroken, head {p.head[:16]}" for side, p in proofs.items()]
    cli.say({side: {"events": p.events, "head": p.head} for side, p in proofs.items()}, *lines)
