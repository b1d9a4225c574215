"""What would lower a release's risk: each remedy is applied, the risk computed anew, and what it costs measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from guideit.deid.risk.classes import coded
from guideit.deid.risk.hierarchies import of_several
from guideit.deid.risk.images import ImageFacts
from guideit.deid.risk.joint import ParticipantFacts, ReleaseRisk, Surroundings, assess
from guideit.deid.risk.optimiser import lost_by_each
from guideit.deid.risk.recipients import STRICTER

People = Sequence[ParticipantFacts]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something that may be done.

    Attributes:
        says: What, in words. do: What to type or write for it.
        highest, above: The release's, at the upper end, after it.
        lost: The share of what is released of participants' characteristics that it takes away, 0 to 1; somebody left
            out loses all.
        enough: Whether the threshold holds after it.
    """

    says: str
    do: str
    highest: float
    above: float
    lost: float
    enough: bool


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A remedy before it is tried."""

    says: str
    do: str
    people: Callable[[People], People] = field(default=lambda people: people, repr=False)
    around: Callable[[Surroundings], Surroundings] = field(default=lambda around: around, repr=False)
    last: bool = False


def remedies(people: People, around: Surroundings) -> tuple[Remedy, ...]:
    """Every single remedy that lowers the risk: those that are enough first, the cheapest first.

    Narrowing who may have the data takes nothing from the data; it comes after what is enough without it.
    """
    before = assess(people, around)
    if before.holds:
        return ()
    changes = [change for facet in _facets(people, around) for change in facet]
    changes += [*_stricter(around), *_left_out(people, before)]
    tried = [(change, _tried((change,), people, around)) for change in changes]
    lower = [(change, remedy) for change, remedy in tried if _better(remedy, before)]
    ranked = sorted(lower, key=lambda each: (not each[1].enough, each[0].last, each[1].lost, each[1].says))
    return tuple(remedy for _, remedy in ranked)


def together(people: People, around: Surroundings) -> tuple[Remedy, ...]:
    """Remedies that are enough together, where one is not; none where even all of them are not.

    From all of them, each is taken back step by step as far as the threshold still holds, always the step that gives
    back most. The numbers of each are measured with those before it. Who may have the data, and who is in them, stays.
    """
    facets = [facet for facet in _facets(people, around) if facet]
    if assess(people, around).holds or not _enough(facets, [len(facet) for facet in facets], people, around):
        return ()
    lost = [[0.0, *(_tried((change,), people, around).lost for change in facet)] for facet in facets]
    levels = [len(facet) for facet in facets]
    waiting = set(range(len(facets)))
    while waiting:
        at = max(sorted(waiting), key=lambda at: lost[at][levels[at]] - lost[at][levels[at] - 1])
        finer = [level - (number == at) for number, level in enumerate(levels)]
        holds = _enough(facets, finer, people, around)
        levels = finer if holds else levels
        waiting -= {at} if not holds or not levels[at] else set()
    taken = _taken(facets, levels)
    return tuple(_tried(taken[:count], people, around) for count in range(1, len(taken) + 1))


def _enough(facets: Sequence[Sequence[_Change]], levels: Sequence[int], people: People, around: Surroundings) -> bool:
    return _tried(_taken(facets, levels), people, around).enough


def _taken(facets: Sequence[Sequence[_Change]], levels: Sequence[int]) -> tuple[_Change, ...]:
    """Of each thing the change at its level; 0: none."""
    return tuple(facet[level - 1] for facet, level in zip(facets, levels, strict=True) if level)


def _better(remedy: Remedy, before: ReleaseRisk) -> bool:
    least = 1e-12
    return remedy.highest < before.highest.high - least or remedy.above < before.above.high - least


def _tried(changes: Sequence[_Change], people: People, around: Surroundings) -> Remedy:
    """What becomes of the risk after all changes; the last one names the remedy."""
    after, circle = people, around
    for change in changes:
        after, circle = change.people(after), change.around(circle)
    risk = assess(after, circle)
    gone = 1 - len(after) / max(1, len(people))
    stayed = {person.pseudonym for person in after}
    lost = _lost([person for person in people if person.pseudonym in stayed], after)
    if circle.real_dates != around.real_dates:
        lost += 1 / max(1, len(_facet_columns(people, people)))
    return Remedy(
        says=changes[-1].says if changes else "",
        do=changes[-1].do if changes else "",
        highest=risk.highest.high,
        above=risk.above.high,
        lost=gone + (1 - gone) * lost,
        enough=risk.holds,
    )


def _facets(people: People, around: Surroundings) -> list[list[_Change]]:
    """What may be done to each thing that is known, from fine to coarse."""
    found = [_coarser(facet, keys, people, around) for facet, keys in _keys(around).items()]
    found += [_without_header(name, people) for name in _HEADERS if name not in around.same.values()]
    found += [_dates(people, around), *_cleaned_images(people)]
    return found


def _keys(around: Surroundings) -> dict[str, list[str]]:
    """Columns of tables, those together that say what one thing of the headers says too."""
    found: dict[str, list[str]] = {}
    for key in around.hierarchies:
        found.setdefault(around.same.get(key, key), []).append(key)
    return found


def _coarser(facet: str, keys: Sequence[str], people: People, around: Surroundings) -> list[_Change]:
    """Columns one level coarser, two, ..., up to nothing; headers cannot be coarser, so theirs goes."""
    hierarchy = around.hierarchies[keys[0]]
    where = " and ".join(keys) + (f" (and remove {_HEADERS[facet][0]})" if facet in _HEADERS else "")
    headers = f"; [deidentification] overrides: remove {_HEADERS[facet][1]}" if facet in _HEADERS else ""
    changes = []
    for level in range(1, hierarchy.height + 1):
        name = hierarchy.names[level]
        says = f"leave out {where}" if level == hierarchy.height else f"write {where} as: {name}"
        do = f"[[tables]] columns: level = {around.levels.get(keys[0], 0) + level} of {', '.join(keys)}{headers}"
        changes.append(_Change(says=says, do=do, people=_at_level(facet, keys, level, people, around)))
    return changes


def _at_level(
    facet: str, keys: Sequence[str], level: int, people: People, around: Surroundings
) -> Callable[[People], People]:
    values = {key: _values(key, level, people, around) for key in keys}
    gone = _HEADERS[facet][2] if facet in _HEADERS else {}

    def change(people: People) -> People:
        return [
            replace(
                person,
                known={**person.known, **{key: values[key][person.pseudonym] for key in keys if key in person.known}},
                header=replace(person.header, **gone),
            )
            for person in people
        ]

    return change


def _values(key: str, level: int, people: People, around: Surroundings) -> dict[str, str | None]:
    """A column's values at a level, or at its last, by pseudonym."""
    levels = of_several(around.hierarchies[key])
    column = pl.Series([person.known.get(key) for person in people], dtype=pl.String)
    coarse = levels.at(column, min(level, levels.height)).to_list()
    return dict(zip((person.pseudonym for person in people), coarse, strict=True))


_HEADERS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "scanner": ("the model of the scanner", "Manufacturer, ManufacturerModelName", {"devices": frozenset()}),
    "site": ("the site in headers", "ClinicalTrialSiteID", {"site": None}),
    "age": ("the age in headers", "PatientAge", {"age": None}),
    "size": ("the size in headers", "PatientSize", {"size": None}),
    "weight": ("the weight in headers", "PatientWeight", {"weight": None}),
    "sex": ("the sex in headers", "PatientSex", {"sex": None}),
}
"""What headers may do without: in words, where it is decided, and what is then known."""


def _without_header(name: str, people: People) -> list[_Change]:
    what, where, fields = _HEADERS[name]
    if all(getattr(person.header, field) in (None, frozenset()) for person in people for field in fields):
        return []
    do = f"[deidentification] overrides: remove {where}"

    def change(people: People) -> People:
        return [replace(person, header=replace(person.header, **fields)) for person in people]

    return [_Change(says=f"remove {what}", do=do, people=change)]


def _dates(people: People, around: Surroundings) -> list[_Change]:
    changes = []
    if around.real_dates:
        says = "move dates by one shift per participant instead of keeping them"
        do = "[deidentification] options: retain-longitudinal-modified-dates, not retain-longitudinal-full-dates"
        changes.append(_Change(says=says, do=do, around=_moved))
    if any(person.header.days or person.span is not None for person in people):
        do = "[deidentification] options: none of retain-longitudinal-..."
        changes.append(_Change(says="remove all dates", do=do, people=_timeless, around=_moved))
    return changes


def _moved(around: Surroundings) -> Surroundings:
    return replace(around, real_dates=False)


def _timeless(people: People) -> People:
    return [replace(person, header=replace(person.header, days=()), span=None) for person in people]


def _cleaned_images(people: People) -> Iterator[list[_Change]]:
    seen = [facts for person in people for facts in person.images]
    if any(facts.face in {"present", "unknown", "defaced"} for facts in seen):
        do = "[deidentification] options: clean-recognizable-visual-features"
        yield [_Change(says="remove faces", do=do, people=_images(_faceless))]
    if any(facts.text == "unknown" for facts in seen):
        do = "[deidentification] options: clean-pixel-data"
        yield [_Change(says="look for text in pixels and blank it", do=do, people=_images(_textless))]


def _faceless(facts: ImageFacts) -> ImageFacts:
    return facts if facts.face == "none" else replace(facts, face="removed")


def _textless(facts: ImageFacts) -> ImageFacts:
    return replace(facts, text="redacted") if facts.text == "unknown" else facts


def _images(change: Callable[[ImageFacts], ImageFacts]) -> Callable[[People], People]:
    return lambda people: [replace(person, images=tuple(map(change, person.images))) for person in people]


def _stricter(around: Surroundings) -> Iterator[_Change]:
    for access in STRICTER[STRICTER.index(around.risk.access) + 1 :]:

        def narrower(around: Surroundings, access: Any = access) -> Surroundings:
            return replace(around, risk=replace(around.risk, access=access))

        yield _Change(
            says=f"release as {access.value}", do=f'[risk] access = "{access.value}"', around=narrower, last=True
        )


def _left_out(people: People, risk: ReleaseRisk) -> Iterator[_Change]:
    """Without those above the threshold; others may then be rarer, which is looked at too."""
    above = {each.pseudonym for each in risk.participants if each.high > risk.threshold + 1e-9}
    if 0 < len(above) < len(people):
        them = "participant" if len(above) == 1 else f"{len(above)} participants"
        says = f"leave out the {them} above the threshold"
        yield _Change(
            says=says, do="guideit risk TRIAL --json names them", people=lambda people: _without(people, above)
        )


def _without(people: People, gone: set[str]) -> People:
    return [person for person in people if person.pseudonym not in gone]


def _lost(before: People, after: People) -> float:
    """Mean over facets and participants of what tells values apart and no longer does."""
    total = 0.0
    facets = _facet_columns(before, after)
    for one, two in facets:
        finest, coarse = coded(one), coded(two)
        total += float(lost_by_each(finest, coarse).mean()) if len(finest) else 0.0
    return total / max(1, len(facets))


def _facet_columns(before: People, after: People) -> list[tuple[pl.Series, pl.Series]]:
    """Each facet that anybody has, before and after."""
    columns = [(_column(before, told), _column(after, told)) for told in _told(before)]
    return [(one, two) for one, two in columns if one.null_count() < len(one)]


def _told(people: People) -> Iterator[Callable[[ParticipantFacts], object]]:
    for key in dict.fromkeys(key for person in people for key in person.known):
        yield lambda person, key=key: person.known.get(key)  # type: ignore[misc]
    for name in ("sex", "age", "size", "weight", "site", "devices", "days"):
        yield lambda person, name=name: getattr(person.header, name) or None  # type: ignore[misc]
    yield lambda person: person.span
    for name in ("face", "text"):
        yield lambda person, name=name: _uncleaned(person, name)  # type: ignore[misc]


def _uncleaned(person: ParticipantFacts, name: str) -> str | None:
    """Whether images are as they were: `removed` and `redacted` are counted as lost."""
    states = {getattr(facts, name) for facts in person.images}
    return "as it was" if states - {"removed", "redacted"} else None


def _column(people: People, told: Callable[[ParticipantFacts], object]) -> pl.Series:
    values = [told(person) for person in people]
    words = [
        None if value is None else str(sorted(value) if isinstance(value, frozenset) else value) for value in values
    ]
    return pl.Series(words, dtype=pl.String)
