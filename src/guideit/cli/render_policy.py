"""Policies as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.table import Table

from guideit.deid.policy_words import ACTION_WORDS, PolicyDifference, PolicyFacts
from guideit.trial.deidentification import POLICY_WORDS, PolicyName

_SHOWN = 6
"""Attributes named for each kind of difference; `--json` names all."""


def policy_page(name: str, facts: PolicyFacts) -> Iterator[Table | str]:
    """What a policy does."""
    if name in set(PolicyName):
        yield POLICY_WORDS[PolicyName(name)] + "\n"
    yield _pairs("On top of the basic profile", facts.options) if facts.options else "The basic profile alone.\n"
    yield f"Dates: {facts.dates}\n"
    yield _pairs("Attributes of the standard", {words: f"{count:,}" for words, count in facts.attributes.items()})
    yield f"Private elements: all removed, but {facts.private:,} listed as safe\n"
    yield _pairs("Series are held back until a person decides", facts.held)


def difference_page(first: str, second: str, found: PolicyDifference) -> Iterator[Table | str]:
    """What two policies do differently."""
    said = list(_differences(first, second, found))
    yield from said
    if found.attributes:
        yield _attributes(first, second, found)
    else:
        yield "Both do the same to every attribute." if said else "Both do the same."


def _differences(first: str, second: str, found: PolicyDifference) -> Iterator[Table | str]:
    """All but the attributes."""
    for name, options in ((first, found.only_first), (second, found.only_second)):
        if options:
            yield _pairs(f"Only {name}", options)
    if found.dates:
        yield f"Dates: {first}: {found.dates[0]}; {second}: {found.dates[1]}\n"
    if any(found.private):
        here, there = found.private
        yield f"Private elements that stay: {here:,} only in {first}, {there:,} only in {second}\n"
    for name, held in zip((first, second), found.held, strict=True):
        if held:
            yield _pairs(f"Held back only by {name}, until a person decides", held)


def _attributes(first: str, second: str, found: PolicyDifference) -> Table:
    table = Table(first, second, "how many", "such as", title="Attributes", title_justify="left")
    for (before, after), words in found.attributes.items():
        rest = ", ..." if len(words) > _SHOWN else ""
        such = ", ".join(words[:_SHOWN]) + rest
        table.add_row(_short(ACTION_WORDS[before]), _short(ACTION_WORDS[after]), f"{len(words):,}", such)
    return table


def _short(words: str) -> str:
    return words.partition(":")[0].partition(",")[0]


def _pairs(title: str, rows: Mapping[str, str]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column()
    for name, says in rows.items():
        table.add_row(name, says)
    return table
