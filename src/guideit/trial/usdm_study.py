"""What a CDISC USDM 4.0 study definition says that a declaration needs; what it leaves out stays out, and is said.

Names of classes and attributes are USDM's (Unified Study Definitions Model, CDISC and TransCelerate DDF).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guideit.errors import TrialInvalid

Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftVisit:
    """An encounter of the main timeline.

    Attributes:
        key: USDM's id. title: its label.
        day: Days after the fixed reference; None where the timings do not lead to it.
        before, after: Window in whole days, rounded up.
        windowed: Whether the study states a window.
        rough: Whether something was rounded: hours, months or years are no whole days.
        activities: Ids of what is done there.
    """

    key: str
    title: str
    day: int | None
    before: int
    after: int
    windowed: bool
    rough: bool
    activities: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UsdmStudy:
    """One study version: its nodes, with the first study design as `design`."""

    version: Node
    design: Node
    usdm: str


def read_usdm(text: str) -> UsdmStudy:
    """Read the JSON of a study.

    Raises:
        TrialInvalid: It is no JSON, or no USDM study with a version.
    """
    where = "the USDM study"
    try:
        body = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as wrong:
        place = f"{where}, line {wrong.lineno}, column {wrong.colno}"
        raise TrialInvalid("is no valid JSON", where=place, do="export the study as JSON again") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        raise TrialInvalid("is no JSON that can be read", where=where, do="export the study as JSON again") from None
    versions = nodes(node(body if isinstance(body, dict) else {}, "study"), "versions")
    if not versions:
        why = "there is no study.versions"
        raise TrialInvalid("is no USDM study", where=where, why=why, do="export it as CDISC USDM 4.0 JSON")
    designs = nodes(versions[0], "studyDesigns")
    return UsdmStudy(version=versions[0], design=designs[0] if designs else {}, usdm=words(body, "usdmVersion"))


def node(parent: Node, key: str) -> Node:
    """A node below `parent`; empty where there is none."""
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def nodes(parent: Node, key: str) -> list[Node]:
    """The nodes of a list below `parent`."""
    found = parent.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def ids(parent: Node, key: str) -> list[str]:
    """The ids of a list below `parent`."""
    found = parent.get(key)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def words(parent: Node, *keys: str) -> str:
    """The first text among `keys`, on one line, without markup and control characters; "" for none."""
    for key in keys:
        found = parent.get(key)
        text = re.sub(r"<[^<>]{0,400}>", " ", found) if isinstance(found, str) else ""
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if text:
            return text
    return ""


def decoded(parent: Node, key: str) -> str:
    """The words of a Code or AliasCode below `parent`."""
    code = node(parent, key)
    return words(code, "decode") or words(node(code, "standardCode"), "decode")


def visits(study: UsdmStudy) -> list[DraftVisit]:
    """The encounters of the main timeline in its order; one without any instance there has no day."""
    timeline = _main_timeline(study.design)
    instances = nodes(timeline, "instances")
    timings = nodes(timeline, "timings")
    days = _days(timings)
    first: dict[str, list[Node]] = {}
    for instance in instances:
        first.setdefault(words(instance, "encounterId"), []).append(instance)
    encounters = {words(e, "id"): e for e in nodes(study.design, "encounters")}
    order = [key for key in first if key in encounters] + [key for key in encounters if key not in first]
    return [_visit(encounters[key], first.get(key, []), timings, days) for key in order]


def _main_timeline(design: Node) -> Node:
    timelines = nodes(design, "scheduleTimelines")
    return next((t for t in timelines if t.get("mainTimeline") is True), timelines[0] if timelines else {})


def _visit(
    encounter: Node, instances: list[Node], timings: list[Node], days: Mapping[str, tuple[float, bool]]
) -> DraftVisit:
    """A visit lies where its first instance lies: later ones are calls and questionnaires between visits."""
    main = words(instances[0], "id") if instances else ""
    timing = next((t for t in timings if words(t, "relativeFromScheduledInstanceId") == main and main), {})
    day, rough = days.get(main, (None, False))
    (before, rough_before), (after, rough_after) = (_days_of(words(timing, k)) for k in ("windowLower", "windowUpper"))
    return DraftVisit(
        key=words(encounter, "id"),
        title=words(encounter, "label", "name", "description"),
        day=None if day is None else round(day),
        before=math.ceil(abs(before or 0)),
        after=math.ceil(abs(after or 0)),
        windowed=any(words(timing, key) for key in ("windowLower", "windowUpper")),
        rough=rough or rough_before or rough_after,
        activities=tuple(a for instance in instances for a in ids(instance, "activityIds")),
    )


def _days(timings: list[Node]) -> dict[str, tuple[float, bool]]:
    """Day of every scheduled instance that timings lead to from a fixed reference, and whether it was rounded."""
    found: dict[str, tuple[float, bool]] = {}
    for timing in timings:
        if _sign(timing) == 0 and not found:
            found[words(timing, "relativeFromScheduledInstanceId")] = (0.0, False)
    for _ in timings:  # each round reaches one step further; cycles are never reached
        found |= {key: place for key, place in _steps(timings, found) if key not in found}
    return found


def _steps(timings: list[Node], found: Mapping[str, tuple[float, bool]]) -> Iterator[tuple[str, tuple[float, bool]]]:
    for timing in timings:
        sign, anchor = _sign(timing), words(timing, "relativeToScheduledInstanceId")
        length, rough = _days_of(words(timing, "value"))
        if sign and anchor in found and length is not None:
            key = words(timing, "relativeFromScheduledInstanceId")
            yield key, (found[anchor][0] + sign * length, found[anchor][1] or rough)


def _sign(timing: Node) -> int | None:
    """Before, at, or after its reference (CDISC codes C201357, C201358, C201356); None for anything else."""
    kind = decoded(timing, "type").casefold()
    return {"before": -1, "fixed reference": 0, "after": 1}.get(kind)


_DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)
_IN_DAYS = (365.25, 30.4375, 7.0, 1.0, 1 / 24, 1 / 1440, 1 / 86400)
_EXACT = (False, False, True, True, False, False, False)


def _days_of(duration: str) -> tuple[float | None, bool]:
    """Days of an ISO 8601 duration, and whether it is other than whole days; None where it is none."""
    found = _DURATION.fullmatch(duration)
    if not found or not any(found.groups()[1:]):
        return None, False
    parts = [int(part or 0) for part in found.groups()[1:]]
    rough = any(part and not exact for part, exact in zip(parts, _EXACT, strict=True))
    total = sum(part * days for part, days in zip(parts, _IN_DAYS, strict=True))
    return (-total if found[1] else total), rough
