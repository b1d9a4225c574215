"""What was received, beside the imaging that the protocol asks for. Pure: index rows in, findings out.

Which visit a study belongs to is told by its Clinical Trial Time Point ID (0012,0050) where that names a visit, else
by its day: days are counted from the participant's baseline, and the visit whose window holds the day is it, the
nearest planned day where several do. Where no baseline is given, the participant's first study is taken to lie on
the planned day of the first visit with imaging.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from guideit.trial.finding import Finding, Severity
from guideit.trial.model import ExpectedImaging, Trial, Visit


@dataclass(frozen=True, kw_only=True)
class ReceivedSeries:
    """One series as the index has it.

    Attributes:
        participant: Pseudonym. study: released Study Instance UID.
        day: Study Date; None where it has none.
        modality, body_part, description: (0008,0060), (0018,0015), (0008,103E).
        time_point: Clinical Trial Time Point ID (0012,0050), empty where it has none.
        site, arm: Of the participant, empty where not known.
    """

    participant: str
    study: str
    day: date | None
    modality: str
    body_part: str = ""
    description: str = ""
    time_point: str = ""
    site: str = ""
    arm: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, object], *, site: str = "", arm: str = "") -> ReceivedSeries:
        """From a row of `index/series.parquet`; missing columns are empty."""
        texts = {name: str(row.get(name) or "") for name in _COLUMNS}
        return cls(
            participant=str(row["participant"]),
            study=str(row["study"]),
            day=_day(texts["StudyDate"]),
            modality=texts["Modality"],
            body_part=texts["BodyPartExamined"],
            description=texts["SeriesDescription"],
            time_point=texts["ClinicalTrialTimePointID"],
            site=site or texts["ClinicalTrialSiteID"],
            arm=arm,
        )


_COLUMNS = (
    "StudyDate",
    "Modality",
    "BodyPartExamined",
    "SeriesDescription",
    "ClinicalTrialTimePointID",
    "ClinicalTrialSiteID",
)


@dataclass(frozen=True, kw_only=True, order=True)
class Coverage:
    """How many participants of a site and an arm have the imaging a visit asks for. Stays on the private side."""

    site: str
    arm: str
    visit: str
    modality: str
    participants: int
    received: int


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """What is missing or odd, and how much is there; findings are sorted by place and rule."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...] = field(default=())


def completeness(
    series: Iterable[ReceivedSeries],
    trial: Trial,
    *,
    participants: Iterable[str] = (),
    baselines: Mapping[str, date] | None = None,
) -> Completeness:
    """Compare what was received with what the protocol asks for.

    Args:
        series: Every received series.
        trial: Visits, windows and expected imaging.
        participants: Pseudonyms of all enrolled, so that one without any image is found missing too.
        baselines: Day 0 by pseudonym, shifted as the images are.
    """
    by_person: dict[str, list[ReceivedSeries]] = {name: [] for name in participants}
    for one in series:
        by_person.setdefault(one.participant, []).append(one)
    findings: list[Finding] = []
    placed: dict[str, dict[str, list[ReceivedSeries]]] = {}
    for name, received in by_person.items():
        visits = _Calendar(trial, received, (baselines or {}).get(name))
        placed[name] = visits.placed(received)
        findings += visits.findings(name)
        findings += _missing(name, placed[name], trial.imaging)
    findings += _unasked(by_person, trial)
    return Completeness(
        findings=tuple(sorted(findings, key=lambda f: (f.place, f.rule, f.says))),
        coverage=tuple(sorted(_coverage(by_person, placed, trial.imaging))),
    )


class _Calendar:
    """One participant's days beside the trial's visits."""

    def __init__(self, trial: Trial, received: Sequence[ReceivedSeries], baseline: date | None) -> None:
        self._visits = {visit.id: visit for visit in trial.visits}
        with_imaging = [self._visits[asked.visit] for asked in trial.imaging if asked.visit in self._visits]
        self._imaging = with_imaging or list(trial.visits)
        days = [one.day for one in received if one.day]
        first = min((visit.day for visit in self._imaging), default=0)
        self._baseline = baseline or (min(days) - timedelta(days=first) if days else None)
        self._outside: set[tuple[str, str]] = set()
        self._undated: set[str] = set()

    def placed(self, received: Sequence[ReceivedSeries]) -> dict[str, list[ReceivedSeries]]:
        """Series by visit; those that belong to none are left out and kept for the findings."""
        found: dict[str, list[ReceivedSeries]] = defaultdict(list)
        for one in received:
            visit = self._visit(one)
            if visit is not None:
                found[visit.id].append(one)
        return found

    def _visit(self, one: ReceivedSeries) -> Visit | None:
        named = self._visits.get(one.time_point)
        if named is None and (one.day is None or self._baseline is None):
            self._undated.add(one.study)
            return None
        if one.day is None or self._baseline is None:
            return named
        day = (one.day - self._baseline).days
        inside = [v for v in ([named] if named else self._imaging) if -v.before <= day - v.day <= v.after]
        if inside:
            return min(inside, key=lambda v: (abs(day - v.day), v.day))
        nearest = named or min(self._imaging, key=lambda v: (abs(day - v.day), v.day), default=None)
        if nearest is not None:
            self._outside.add((one.study, nearest.id))
        return named

    def findings(self, name: str) -> Iterator[Finding]:
        """Studies outside every window, and studies whose visit cannot be told."""
        if not self._visits:
            return
        for study, visit in sorted(self._outside):
            says = f"the study lies outside the window of visit {visit}, the nearest"
            yield _warning("out-of-window", f"{name}/{study}", says)
        for study in sorted(self._undated):
            yield _warning("undated", f"{name}/{study}", "the study has no date, so its visit cannot be told")


def _missing(
    name: str, placed: Mapping[str, Sequence[ReceivedSeries]], asked: Sequence[ExpectedImaging]
) -> Iterator[Finding]:
    for expected in asked:
        if expected.required and not any(_fits(one, expected) for one in placed.get(expected.visit, ())):
            what = " ".join(part for part in (expected.modality, expected.body_part) if part)
            says = f"{what} of visit {expected.visit} was not received"
            yield _warning("missing-imaging", f"{name}/{expected.visit}", says)


def _fits(one: ReceivedSeries, expected: ExpectedImaging) -> bool:
    """Modality, body part and pattern of the description, as far as the protocol names them."""
    if one.modality != expected.modality:
        return False
    if expected.body_part and one.body_part.upper() != expected.body_part.upper():
        return False
    return not expected.series or _pattern(expected.series).search(one.description) is not None


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """As written; what is no regular expression is looked for letter by letter."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text), re.IGNORECASE)


def _unasked(by_person: Mapping[str, Sequence[ReceivedSeries]], trial: Trial) -> Iterator[Finding]:
    """Modalities that no visit asks for, once each: perhaps the declaration forgot them."""
    asked = {expected.modality for expected in trial.imaging}
    if not asked:
        return
    for modality in sorted({one.modality for found in by_person.values() for one in found} - asked):
        says = f"images of modality {modality or '(none)'} were received, for which no visit asks"
        yield Finding(
            rule="protocol.unexpected-imaging", severity=Severity.NOTE, place=f"modality {modality}", says=says
        )


def _coverage(
    by_person: Mapping[str, Sequence[ReceivedSeries]],
    placed: Mapping[str, Mapping[str, Sequence[ReceivedSeries]]],
    asked: Sequence[ExpectedImaging],
) -> Iterator[Coverage]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, found in by_person.items():
        site = next((one.site for one in found if one.site), "")
        groups[site, next((one.arm for one in found if one.arm), "")].append(name)
    for (site, arm), names in groups.items():
        for expected in asked:
            there = [n for n in names if any(_fits(one, expected) for one in placed[n].get(expected.visit, ()))]
            yield Coverage(
                site=site,
                arm=arm,
                visit=expected.visit,
                modality=expected.modality,
                participants=len(names),
                received=len(there),
            )


def _warning(rule: str, place: str, says: str) -> Finding:
    return Finding(rule=f"protocol.{rule}", severity=Severity.WARN, place=place, says=says)


def _day(text: str) -> date | None:
    digits = text.replace(".", "").replace("-", "")[:8]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
