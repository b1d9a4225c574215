"""What `share`, `release`, `verify` and `demo` print at their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from guideit.actions.share import Shared
from guideit.quality.certificate import Certificate
from guideit.trial.release import Release

_MARKS = {"passed": ("passed", "green"), "failed": ("FAILED", "red"), "not done": ("not done", "dim")}


def release_document(release: Release) -> dict[str, Any]:
    """A release as JSON, without its list of objects."""
    return {
        "id": release.id,
        "root": release.root,
        "date": release.date,
        "counts": asdict(release.counts),
        "objects": len(release.objects),
    }


def release_table(release: Release) -> Table:
    """A release as a person reads it."""
    table = _plain(f"Release {release.id}")
    for name, count in asdict(release.counts).items():
        table.add_row(name, f"{count:,}")
    table.add_row("size", _size(sum(item.size for item in release.objects)))
    table.add_row("root digest", release.root[:16] + "…")
    return table


def certificate_tables(certificate: Certificate) -> list[Any]:
    """The certificate: every check with its outcome, then what failed."""
    table = Table("check", "proves", "outcome", title=f"Certificate of {certificate.release}", title_justify="left")
    for name, says, outcome in certificate.checks():
        table.add_row(name, says, Text(*_MARKS.get(outcome, (outcome, ""))))
    lines: list[Any] = [table, _examined(certificate)]
    lines += [Text.assemble((f.rule, "red"), f" at {f.place}: {f.says}") for f in certificate.failures[:20]]
    if len(certificate.failures) > 20:
        lines.append(f"... and {len(certificate.failures) - 20} more: add --json to see all")
    lines.append("Proved." if certificate.passed else "NOT proved.")
    return lines


def _examined(certificate: Certificate) -> str:
    seen = certificate.examined
    words = [
        f"{seen.get('files', 0):,} files",
        f"{seen.get('attributes', 0):,} attributes",
        f"{seen.get('objects', 0):,} objects",
    ]
    if certificate.with_private:
        words.append(f"{seen.get('dates', 0):,} dates")
        needed = seen.get("needed", 0)
        if needed:
            words.append(f"{100 * seen.get('retained', 0) / needed:.1f} % of what interpretation needs retained")
    else:
        words.append("without the private side")
    return "Examined: " + ", ".join(words)


def share_document(done: Shared) -> dict[str, Any]:
    """Everything `share` did, as JSON."""
    return {
        "release": release_document(done.release),
        "submitted": asdict(done.submitted),
        "deidentified": asdict(done.deidentified),
        "checked": asdict(done.checked),
        "certificate": done.certificate.document(),
    }


def share_tables(done: Shared, shelf: str) -> Iterable[Any]:
    """Everything `share` did, as a person reads it, and where to look."""
    table = _plain("What happened")
    tables = f", {done.submitted.tables:,} table files" if done.submitted.tables else ""
    table.add_row("received", f"{done.submitted.instances:,} instances{tables}")
    aside = done.submitted.set_aside + done.submitted.duplicates + done.submitted.conflicts
    table.add_row("set aside", f"{aside:,} files")
    table.add_row("seen before", f"{done.submitted.seen_before:,} files")
    cleaned = done.deidentified
    table.add_row("cleaned", f"{cleaned.cleaned:,} series, {cleaned.unchanged:,} unchanged")
    table.add_row("held back", f"{cleaned.held:,} series")
    table.add_row("checked", f"{done.checked.passed:,} passed, {done.checked.failed:,} failed")
    yield table
    yield release_table(done.release)
    yield from certificate_tables(done.certificate)
    trial = done.release.trial
    yield f"\nThe release:        {shelf}/{done.release.id}"
    if cleaned.held:
        yield f"What is held back:  guideit review {trial}"
    yield f"Prove it again:     guideit verify {done.release.id}"


def _plain(title: str) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column()
    return table


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count //= 1000
    return f"{count:,} TB"
