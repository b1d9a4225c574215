"""Doubtful texts of a run: each distinct string becomes one row and one blocking finding, for a person to decide."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from guideit.deid.keys import Keys
from guideit.deid.subject import Identifier
from guideit.ledger.doubtful import RULE, DoubtfulRow, decided_texts, place_of, replace_doubtful
from guideit.ledger.findings import replace_findings
from guideit.trial.finding import Finding, Severity

Doubt = tuple[str, str, str]
"""Tag path or `table:column`, rule, text as it would be released (`CleanInstance.doubtful`, `CleanTable.doubtful`)."""
_SAYS = {
    "doubtful.name": "a word that may be somebody's name",
    "doubtful.near": "a word that resembles a participant's name",
    "doubtful.number": "a long number",
    "doubtful.code": "letters and digits that may be somebody's number",
    "doubtful.initials": "initials",
}
_DO = "look at it: accept it, or have it taken out (redact)"


def doubtful_rows(keys: Keys, doubts: Iterable[Doubt]) -> tuple[DoubtfulRow, ...]:
    """Each distinct string once, the most frequent first."""
    counts: Counter[str] = Counter()
    places: dict[str, set[str]] = defaultdict(set)
    for place, _, text in doubts:
        counts[text] += 1
        places[text].add(place)
    return tuple(
        DoubtfulRow(digest=keys.text_mark(text), text=text, places=tuple(sorted(places[text])), count=count)
        for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def doubtful_findings(keys: Keys, doubts: Iterable[Doubt]) -> list[Finding]:
    """One blocking finding for each distinct string, at `text/<digest>`; the string itself is not in it."""
    rules = {text: rule for _, rule, text in sorted(doubts, reverse=True)}
    return [
        Finding(
            rule=RULE,
            severity=Severity.BLOCK,
            place=place_of(keys.text_mark(text)),
            says=f"{_SAYS[rule]} stands in free text that would be released",
            do=_DO,
        )
        for text, rule in sorted(rules.items())
    ]


def write_doubts(path: Path, doubts: Iterable[Doubt]) -> None:
    """Keep what is doubtful in a cleaned series or table beside it, for runs that do not clean it again."""
    path.write_text(json.dumps(sorted(doubts), ensure_ascii=False), "utf-8")


def read_doubts(path: Path) -> list[Doubt]:
    """What `write_doubts` wrote; nothing where there is no such file: nothing was doubtful.

    Raises:
        ValueError: The file is damaged.
    """
    if not path.exists():
        return []
    return [(place, rule, text) for place, rule, text in json.loads(path.read_text("utf-8"))]


def record_doubtful(conn: Connection, trial_id: str, keys: Keys, doubts: Iterable[Doubt]) -> int:
    """Write the doubtful texts of all that is clean now, and their findings; returns how many distinct ones.

    A text that somebody has decided on keeps the decision; one that is gone loses its row and its open finding.

    Args:
        conn: The private database.
        trial_id: The trial.
        keys: Its keys: findings name a text by a keyed digest.
        doubts: Of every series and table that is clean now, not only of those cleaned in this run.
    """
    collected = list(doubts)
    rows = doubtful_rows(keys, collected)
    replace_doubtful(conn, trial_id, rows)
    replace_findings(conn, trial_id, RULE, doubtful_findings(keys, collected))
    return len(rows)


def refused_words(conn: Connection, trial_id: str) -> frozenset[Identifier]:
    """Texts that a person had taken out, as identifiers to add to every participant of the trial."""
    refused = decided_texts(conn, trial_id, "redact")
    return frozenset(Identifier(kind="refused", text=text) for text in refused)
