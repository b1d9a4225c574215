"""The risk that remains when everything of a release is put together: tables, headers, images; as an interval.

Two attackers span the interval. *Somebody around* a participant (low) knows them roughly: body and age in wide bands,
what tables say one level coarser. *Somebody close* (high) knows tables as they are released, age to the year, size to
5 cm, weight to 10 kg, and one thing more, whichever singles the participant out most: the scanner, on how many days and
over how many months there was imaging, how many months tables cover, or an implant. Nobody is taken to know everything
at once: then every participant of every trial is alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guideit.deid.risk.classes import Codes, classes
from guideit.deid.risk.headers import HeaderFacts, months
from guideit.deid.risk.hierarchies import Hierarchy, of_several
from guideit.deid.risk.images import ImageFacts, recognised_by_image
from guideit.deid.risk.recipients import RECIPIENTS, Interval, comes_to_look
from guideit.deid.risk.reidentification import drawn_from
from guideit.trial.risk import RiskSettings

Shares = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ParticipantFacts:
    """All of one participant that would be released and that people may know.

    Attributes:
        pseudonym: Their name in the release.
        known: What tables say, by `table:column`; None where it is missing.
        header: What headers say.
        images: What images show, by series.
        span: Days from the first to the last that tables say; None where they say none.
    """

    pseudonym: str
    known: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    header: HeaderFacts = field(default_factory=HeaderFacts, repr=False)
    images: tuple[ImageFacts, ...] = field(default=(), repr=False)
    span: int | None = field(default=None, repr=False)

    @property
    def course(self) -> int | None:
        """The span in months of four weeks."""
        return None if self.span is None else months(self.span)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a release is judged by.

    Attributes:
        risk: Who may have it, and how much is allowed.
        real_dates: Whether dates are kept as they are: then days of imaging are known, not only how many.
        hierarchies: Of the tables' columns as they are written now, by `table:column`.
        levels: Which level of the declared hierarchy that is; 0 where it is not said.
        people: Size of the named population; 0 where none is.
        same: What headers say too (`age`, `sex`, `site`, `size`, `weight`), by the `table:column` that says it.
    """

    risk: RiskSettings
    real_dates: bool = False
    hierarchies: Mapping[str, Hierarchy] = field(default_factory=dict, repr=False)
    people: int = 0
    levels: Mapping[str, int] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ParticipantRisk:
    """How probable it is that one participant is recognised, and by what most: `table and body`, `scanner`, ..."""

    pseudonym: str
    low: float
    high: float
    by: str


@dataclass(frozen=True, kw_only=True)
class ReleaseRisk:
    """How probable it is that participants are recognised.

    Attributes:
        participants: Each, in the order they came.
        highest, mean: Over participants. above: The share of participants above the threshold.
        look: The probability that somebody comes to look.
        threshold: What is allowed.
        attacker: Against whom `high` holds: `prosecutor` or `journalist`.
        assumptions: All that was taken for granted, in words.
    """

    participants: tuple[ParticipantRisk, ...] = field(repr=False)
    highest: Interval
    mean: Interval
    above: Interval
    look: Interval
    threshold: float
    attacker: str
    assumptions: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nobody can be above the threshold."""
        return self.highest.high <= self.threshold + 1e-9


def assess(people: Sequence[ParticipantFacts], around: Surroundings) -> ReleaseRisk:
    """The risk of each participant and of the release.

    Args:
        people: Everybody in the release; pseudonyms are distinct.
        around: Who may have it, and what is known of where participants came from.
    """
    settings = around.risk
    look = comes_to_look(settings.access, len(people), settings.catchment)
    journalist = RECIPIENTS[settings.access].bound and around.people >= len(people) > 0
    low = _named(_alike(_roughly(people, around)), len(people), around.people)
    choices = {by: _alike(frame) for by, frame in _closely(people, around).items()}
    high = {by: _named(sizes, len(people), around.people if journalist else 0) for by, sizes in choices.items()}
    each = tuple(_of(person, at, low, high, look) for at, person in enumerate(people))
    return ReleaseRisk(
        participants=each,
        highest=Interval(low=max((p.low for p in each), default=0.0), high=max((p.high for p in each), default=0.0)),
        mean=Interval(low=_mean([p.low for p in each]), high=_mean([p.high for p in each])),
        above=Interval(
            low=_mean([p.low > settings.threshold + 1e-9 for p in each]),
            high=_mean([p.high > settings.threshold + 1e-9 for p in each]),
        ),
        look=look,
        threshold=settings.threshold,
        attacker="journalist" if journalist else "prosecutor",
        assumptions=assumptions(around, journalist=journalist),
    )


def _mean(values: Sequence[float | bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _of(person: ParticipantFacts, at: int, low: Shares, high: Mapping[str, Shares], look: Interval) -> ParticipantRisk:
    """One participant: found by what is known, or else by what is seen."""
    seen = recognised_by_image(person.images)
    by = max(high, key=lambda name: high[name][at])
    worst = float(high[by][at])
    return ParticipantRisk(
        pseudonym=person.pseudonym,
        low=look.low * (1 - (1 - float(low[at])) * (1 - seen.low)),
        high=look.high * (1 - (1 - worst) * (1 - seen.high)),
        by="image" if seen.high > worst else by,
    )


def _alike(frame: pl.DataFrame) -> Codes:
    return classes(frame, frame.columns).size_of_each


def _named(sizes: Codes, records: int, people: int) -> Shares:
    """The probability of naming each right: among those alike here, or in the population."""
    if people >= records > 0:
        return drawn_from(sizes, records / people)
    return np.asarray(1 / sizes)


_BODY: Mapping[str, tuple[Callable[[HeaderFacts], object], int, int]] = {
    "sex": (lambda header: header.sex, 0, 0),
    "site": (lambda header: header.site, 0, 0),
    "age": (lambda header: header.age, 1, 10),
    "size": (lambda header: header.size, 5, 10),
    "weight": (lambda header: header.weight, 10, 20),
}
"""Of headers: what it is, and the width of bands that somebody close and somebody around know it in; 0: as it is."""
_MORE: Mapping[str, Callable[[ParticipantFacts], object]] = {
    "scanner": lambda person: sorted(person.header.devices),
    "course of imaging": lambda person: person.header.course,
    "time in the trial": lambda person: person.course,
    "implants and teeth": lambda person: sorted(set().union(*(facts.hardware for facts in person.images))),
}
_REAL_DAYS: Mapping[str, Callable[[ParticipantFacts], object]] = {"days of imaging": lambda person: person.header.days}
BODY = "tables and body"


def _closely(people: Sequence[ParticipantFacts], around: Surroundings) -> dict[str, pl.DataFrame]:
    """What somebody close knows: all of tables and body, with each one thing more."""
    base = _frame(people, {**_tables(people), **_body(0)})
    more = {**_MORE, **(_REAL_DAYS if around.real_dates else {})}
    return {BODY: base} | {
        name: base.with_columns(_column(people, name, told)) for name, told in more.items() if any(map(told, people))
    }


def _roughly(people: Sequence[ParticipantFacts], around: Surroundings) -> pl.DataFrame:
    """What somebody around knows: one level coarser than it is released."""
    frame = _frame(people, {**_tables(people), **_body(1)})
    coarse = {name: h for name, h in around.hierarchies.items() if name in frame.columns and h.height > 1}
    return frame.with_columns(of_several(h).at(frame[name], 1).alias(name) for name, h in coarse.items())


def _tables(people: Sequence[ParticipantFacts]) -> dict[str, Callable[[ParticipantFacts], object]]:
    names = list(dict.fromkeys(name for person in people for name in person.known))
    return {name: (lambda person, name=name: person.known.get(name)) for name in names}  # type: ignore[misc]


def _body(rough: int) -> dict[str, Callable[[ParticipantFacts], object]]:
    def told(name: str) -> Callable[[ParticipantFacts], object]:
        of, *widths = _BODY[name]
        return lambda person: _banded(of(person.header), widths[rough])

    return {f"header:{name}": told(name) for name in _BODY}


def _banded(value: object, width: int) -> object:
    return value // width if isinstance(value, int) and width else value


def _frame(
    people: Sequence[ParticipantFacts], told: Mapping[str, Callable[[ParticipantFacts], object]]
) -> pl.DataFrame:
    return pl.DataFrame([_column(people, name, of) for name, of in told.items()])


def _column(people: Sequence[ParticipantFacts], name: str, told: Callable[[ParticipantFacts], object]) -> pl.Series:
    values = [None if (value := told(person)) is None else str(value) for person in people]
    return pl.Series(name, values, dtype=pl.String)


def assumptions(around: Surroundings, *, journalist: bool) -> tuple[str, ...]:
    """All that is taken for granted, in words."""
    risk, them = around.risk, RECIPIENTS[around.risk.access]
    where = f"{risk.catchment:,}" if risk.catchment else "between 1 and 80 million"
    target = (
        f"does not know who took part and chooses among {around.people:,} people ({risk.population.name})"
        if journalist
        else "knows that the person they look for took part"
    )
    return (
        f"Recipients ({risk.access}): {them.says}.",
        f"One of them tries with a probability of {them.attempt.low:g} to {them.attempt.high:g}; data come into other "
        f"hands with one of {them.lost.low:g} to {them.lost.high:g}. Both are assumed, not measured.",
        f"Each recipient knows 150 people; {where} people live where participants were recruited.",
        f"Whoever looks, at the upper end, {target}.",
        "At the upper end they know tables as released, sex, site, age to the year, size to 5 cm, weight to 10 kg, and "
        "one thing more: the scanner, on how many days and over how many months images were made, how many months "
        "tables cover, or implants.",
        "At the lower end they know one level less of tables, age and size to 10, weight to 20 kg, and nothing more.",
        "Faces are matched as often as published for CT and MR; a series nobody looked at counts as the worst.",
        "A missing value is taken to be known as missing; participants are counted with what they miss.",
        "Not counted: other data sets about the same people, genetic data, and what recipients learn without a name.",
    )
