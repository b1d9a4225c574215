"""`guideit verify`."""

from __future__ import annotations

import typer

from guideit.cli.session import now, session

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    ctx: typer.Context,
    release: str = typer.Argument(help="trial/version in the archive, or the folder of a release."),
) -> None:
    """Read every byte of a release again and prove what it claims; exit 1 on any failure.

    guideit verify demo/1.0

    guideit verify /downloads/demo/1.0

    In the archive the private side proves that no known identifier is left, that UIDs are mapped one to one and that
    intervals and pixels are what they were. A folder alone proves the seal and the policy.
    """
    from pathlib import Path

    from guideit.actions.verify import verify_folder, verify_release
    from guideit.cli.summary import certificate_tables

    cli = session(ctx)
    if (Path(release) / "release.json").is_file():
        certificate = verify_folder(Path(release))
    else:
        with cli.archive(write=True) as archive, cli.progress() as progress:
            certificate = verify_release(archive, release, by=cli.by, now=now, progress=progress)
    cli.say(certificate.document(), *certificate_tables(certificate))
    if not certificate.passed:
        raise typer.Exit(1)
