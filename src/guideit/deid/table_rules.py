"""The rules tables are cleaned by, from the policy, keys and participants that the images are cleaned by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from guideit.deid.keys import Keys
from guideit.deid.known import KnownIdentifiers
from guideit.deid.policy import Policy
from guideit.deid.subject import Subject
from guideit.deid.tables import TableRules
from guideit.deid.text import Cleaned
from guideit.deid.values import text_cleaner
from guideit.trial.deidentification import FreeText

PREFIX = "ID"
"""Of keyed pseudonyms of ids that are no participant's."""


def table_rules(
    policy: Policy, keys: Keys, subjects: Iterable[Subject], aliases: Mapping[str, str] | None = None
) -> TableRules:
    """Rules for all tables of a trial.

    Free text keeps the words of the vocabulary and of `keep_words`, as descriptions do, or everything but what
    identifies, as the policy's `free_text` says. Every cell that stays is searched for the identifiers of *every*
    participant: a table speaks of many.

    Args:
        policy, keys: The trial's.
        subjects: All participants, with what is known of them.
        aliases: Other ids that tables use for a participant, to the source id.
    """
    everyone = {s.source_id: s for s in subjects}
    by_id = everyone | {a: everyone[source] for a, source in (aliases or {}).items() if source in everyone}
    known = KnownIdentifiers(i for s in everyone.values() for i in s.identifiers)
    strict = text_cleaner(policy, known, None)
    redacts = policy.settings.free_text is FreeText.REDACT

    @lru_cache(maxsize=65536)
    def suspicious(text: str) -> bool:
        return strict.identifies(text)

    @lru_cache(maxsize=65536)
    def redact(text: str, days: int | None) -> Cleaned:
        cleaner = replace(strict, shift=days)
        return cleaner.redact(text) if redacts else cleaner.describe(text)

    def days(subject: Subject) -> int | None:
        return {"shift": subject.shift_days, "keep": 0}.get(policy.dates)

    return TableRules(
        subjects=by_id,
        dates=policy.dates,
        oldest_age=policy.settings.oldest_age,
        pseudonym=lambda text: keys.pseudonym(text, PREFIX),
        suspicious=suspicious,
        redact=lambda text, subject: redact(text, days(subject)),
    )
