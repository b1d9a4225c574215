"""`guideit deid`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import typer

from guideit.actions.deid_folder import FolderDone, FolderJob, deid_folder
from guideit.actions.policies import policy_settings
from guideit.cli.session import session
from guideit.deid.keys import new_secret
from guideit.errors import UsageError

app = typer.Typer(add_completion=False)


@app.command()
def deid(
    ctx: typer.Context,
    source: Path = typer.Argument(metavar="SRC", help="A folder, an archive or a file."),
    target: Path = typer.Argument(metavar="DST", help="The folder to write into."),
    policy: str = typer.Option(
        "", metavar="NAME|FILE", help="basic, trial (default), open, a policy file, or a trial.toml."
    ),
    key: Path = typer.Option(None, metavar="FILE", help="64 hex digits; the same key gives the same pseudonyms."),
    report: Path = typer.Option(None, metavar="FILE", help="What was held back and what was done; stays private."),
) -> None:
    """A folder in, a clean folder out; no archive.

    guideit deid /data/export clean

    guideit deid /data/export clean --policy basic

    guideit deid /data/export clean --policy policy.toml --key key.hex --report private-report.json

    Without --key a key is made and thrown away: nothing can be linked to it later. GUIDEIT_WORKERS sets the number of
    processes. The report names source files, so it is private. Exit 1 where something was held back.
    """
    cli = session(ctx)
    job = FolderJob(
        source=source,
        target=target,
        settings=policy_settings(policy),
        secret=_secret(key),
        workers=_workers(os.environ.get("GUIDEIT_WORKERS", "")),
    )
    with cli.progress() as progress:
        done = deid_folder(job, progress=progress)
    if report:
        report.write_text(_report(done), "utf-8")
    held = len(done.held)
    say = f"{done.written:,} files written to {target}, {done.skipped:,} skipped that are no DICOM instance"
    say += f", {done.duplicates:,} there twice" if done.duplicates else ""
    say += f", {held:,} held back:" if held else ""
    counts = {"written": done.written, "skipped": done.skipped, "duplicates": done.duplicates, "held": held}
    cli.say(counts | {"by_rule": _by_rule(done)}, say, *_held_lines(done, named=report is not None))
    if held:
        raise typer.Exit(1)


def _held_lines(done: FolderDone, *, named: bool) -> Iterator[str]:
    """Why files were held back, and what to do about it."""
    from guideit.actions.evidence_words import rule_words

    for rule, count in _by_rule(done).items():
        yield f"{count:>7,}  {rule}: {rule_words(rule)}"
    if done.held and not named:
        yield "Which files: add --report FILE. Nobody reviews here: to decide on them, use an archive (guideit share)."


def _workers(given: str) -> int:
    try:
        return max(1, int(given or os.cpu_count() or 1))
    except ValueError as wrong:
        raise UsageError("workers must be a whole number", where="GUIDEIT_WORKERS") from wrong


def _secret(path: Path | None) -> bytes:
    if path is None:
        return new_secret()
    try:
        secret = bytes.fromhex(_text(path).strip())
    except ValueError as wrong:
        raise UsageError("the key is not hex digits", where=str(path)) from wrong
    if len(secret) < 16:
        raise UsageError("the key is too short", where=str(path), do="use 64 hex digits")
    return secret


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError("cannot be read", where=str(path)) from wrong


def _by_rule(done: FolderDone) -> dict[str, int]:
    rules = [rule for _, rule in done.held]
    return {rule: rules.count(rule) for rule in sorted(set(rules))}


def _report(done: FolderDone) -> str:
    """Private: it names source files."""
    changes = {f"{tag} {rule}": count for (tag, rule), count in sorted(done.changes.items())}
    body = {"written": done.written, "held": [list(item) for item in done.held], "changes": changes}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
