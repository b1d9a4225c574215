"""What a declaration must hold together: ids that exist, dates that are dates, terms that are known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from guideit.trial.deidentification import POLICIES, DeidSettings, Option
from guideit.trial.locate import Path
from guideit.trial.model import Column, Trial
from guideit.trial.risk import EMA_THRESHOLD, Coarser
from guideit.trial.terms import HOLDS, MODALITIES, REVIEWED

Said = tuple[Path, str, str]
"""Where, what was expected, what to type."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CODE = re.compile(r"(DUO:\d{7}|GIT:[a-z-]+)")


def _one_of(word: str, terms: Iterable[str]) -> str:
    """The term that may be meant, or all; never the word itself."""
    known = sorted(terms)
    folded = {term.casefold(): term for term in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[near[0]]!r}?" if near else f"use one of: {', '.join(known)}"


def imaging_known(trial: Trial) -> Iterator[Said]:
    """Expected imaging names a modality that files can carry."""
    for number, item in enumerate(trial.imaging):
        if item.modality not in MODALITIES:
            do = _one_of(item.modality, MODALITIES)
            yield ("imaging", number, "modality"), "no such modality (0008,0060)", do


def id_form(trial: Trial) -> Iterator[Said]:
    """The id names folders and keys."""
    if not _ID.fullmatch(trial.id):
        yield ("trial", "id"), "expected lower-case letters, digits and hyphens", 'id = "my-trial-1"'


def no_twice(trial: Trial) -> Iterator[Said]:
    """An id stands once in its list."""
    lists: dict[str, Iterable[Any]] = {
        "arms": trial.arms, "sites": trial.sites, "visits": trial.visits, "tables": trial.tables,
    }  # fmt: skip
    for name, items in lists.items():
        seen: set[str] = set()
        for number, item in enumerate(items):
            if item.id in seen:
                yield (name, number, "id"), f"{item.id!r} stands twice", "give each an id of its own"
            seen.add(item.id)


def visits_known(trial: Trial) -> Iterator[Said]:
    """Expected imaging names a visit that exists."""
    known = [visit.id for visit in trial.visits]
    for number, item in enumerate(trial.imaging):
        if item.visit not in known:
            yield ("imaging", number, "visit"), "no such visit", f"use one of: {', '.join(known) or 'add [[visits]]'}"


def windows_hold(trial: Trial) -> Iterator[Said]:
    """Windows are days, not less than none."""
    for number, visit in enumerate(trial.visits):
        for name in ("before", "after"):
            if getattr(visit, name) < 0:
                yield ("visits", number, name), "expected days, none or more", f"{name} = 7"


def dates_hold(trial: Trial) -> Iterator[Said]:
    """Dates are ISO dates."""
    places: list[tuple[Path, str]] = [(("embargo", "until"), trial.embargo.until)]
    places += [(("conditions", n, "until"), c.until) for n, c in enumerate(trial.conditions)]
    for path, text in places:
        try:
            date.fromisoformat(text or "2000-01-01")
        except ValueError:
            yield path, "expected a date", 'until = "2027-12-31"'


def terms_known(trial: Trial) -> Iterator[Said]:
    """Conditions are codes; their list is read by governance."""
    for number, condition in enumerate(trial.conditions):
        if not _CODE.fullmatch(condition.code):
            yield ("conditions", number, "code"), "expected a DUO code", 'code = "DUO:0000042"'


def deidentification_holds(trial: Trial) -> Iterator[Said]:
    """The settings, below their table."""
    for path, says, do in settings_hold(trial.deidentification):
        yield ("deidentification", *path), says, do


def settings_hold(settings: DeidSettings) -> Iterator[Said]:
    """Shifts and ages in range; terms that exist; every exception with its reason."""
    low, high = settings.shift_days
    if not 0 < low <= high:
        yield ("shift_days",), "expected two positive numbers, the smaller first", "[365, 3650]"
    if not 18 <= settings.oldest_age <= 120:
        yield ("oldest_age",), "expected an age from 18 to 120", "oldest_age = 89"
    for rule in sorted(settings.accept - HOLDS):
        yield ("accept",), "no such rule", _one_of(rule, HOLDS)
    for modality in sorted(settings.drop_modalities - MODALITIES):
        # a term that no file carries would drop nothing, and nobody would notice
        yield ("drop_modalities",), "no such modality (0008,0060)", _one_of(modality, MODALITIES)
    yield from _readers_hold(settings)
    yield from _options_hold(settings)
    for number, item in enumerate(settings.overrides):
        if not item.why.strip():
            yield ("overrides", number, "why"), "is empty", 'why = "the reason, for the evidence"'


def _readers_hold(settings: DeidSettings) -> Iterator[Said]:
    """A prefix that no rule begins with would ask nobody, and nobody would notice."""
    asked = settings.second_reader
    for prefix in () if isinstance(asked, bool) else sorted(asked):
        if not prefix.startswith(REVIEWED):
            yield ("second_reader",), "no rule that people decide on begins so", _one_of(prefix, REVIEWED)


def _options_hold(settings: DeidSettings) -> Iterator[Said]:
    """Options agree with the policy they are said beside, and with each other."""
    if settings.policy is not None and settings.options != POLICIES[settings.policy]:
        do = f"leave out one of them; guideit policy show {settings.policy} lists what it has"
        yield ("options",), "the policy says the options already, and others", do
    if {Option.RETAIN_LONGITUDINAL_FULL_DATES, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES} <= settings.options:
        says = "dates are either kept in full or modified, not both (PS3.15 E.3.6)"
        yield ("options",), says, "leave out retain-longitudinal-full-dates"


def columns_hold(trial: Trial) -> Iterator[Said]:
    """A table says whose its rows are."""
    for number, table in enumerate(trial.tables):
        names = [column.name for column in table.columns]
        if "identifier" not in [column.role for column in table.columns]:
            do = 'add a column with role = "identifier"'
            yield ("tables", number, "columns"), "no column says which participant a row is about", do
        if len(set(names)) < len(names):
            yield ("tables", number, "columns"), "a column is declared twice", "declare each once"
        if not _ID.fullmatch(table.id):
            yield ("tables", number, "id"), "expected lower-case letters, digits and hyphens", 'id = "lesions"'


def risk_holds(trial: Trial) -> Iterator[Said]:
    """Shares are shares; another threshold than the agency's has its reason; a population is named and counted."""
    risk = trial.risk
    if not 0 < risk.threshold <= 1:
        yield ("risk", "threshold"), "expected a probability above 0, 1 at most", f"threshold = {EMA_THRESHOLD}"
    if risk.threshold > EMA_THRESHOLD and not risk.reason.strip():
        yield ("risk", "reason"), "is empty, and the threshold is above the agency's", 'reason = "why it may be"'
    if not 0 <= risk.blanked <= 0.5:
        yield ("risk", "blanked"), "expected a share, a half at most", "blanked = 0.05"
    if risk.catchment < 0 or risk.population.size < 0:
        yield ("risk",), "expected a number of people", "catchment = 1000000"
    if (risk.population.size or risk.population.file) and not risk.population.name.strip():
        yield ("risk", "population", "name"), "is empty", 'name = "adults treated for X in region Y, 2020-2023"'


def coarser_holds(trial: Trial) -> Iterator[Said]:
    """Bands have widths, groups have groups."""
    for number, table in enumerate(trial.tables):
        for place, column in enumerate(table.columns):
            for path, says, do in _coarser(column):
                yield ("tables", number, "columns", place, *path), says, do


def _coarser(column: Column) -> Iterator[Said]:
    widths = column.widths
    if any(width < 1 for width in widths) or any(coarse % fine for fine, coarse in pairwise(widths) if fine):
        yield ("widths",), "expected numbers above 0, each a multiple of the one before", "widths = [5, 10, 20]"
    if column.level < 0:
        yield ("level",), "expected a level, 0 or more", "level = 1"
    if column.coarser is Coarser.BANDS and not widths:
        yield ("widths",), "is missing", "widths = [5, 10, 20]"
    if column.coarser is Coarser.GROUPS and not column.groups:
        yield ("groups",), "is missing", 'groups = { A = "north", B = "north" }'


RULES: tuple[Callable[[Trial], Iterator[Said]], ...] = (
    id_form,
    no_twice,
    visits_known,
    imaging_known,
    windows_hold,
    dates_hold,
    terms_known,
    deidentification_holds,
    columns_hold,
    risk_holds,
    coarser_holds,
)
