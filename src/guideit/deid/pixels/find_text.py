"""Text in the pixels of a series: where it stands, and what becomes of it.

A series is looked at as a whole, in projections (`projections.py`), and where it is short, mixed, or has frames unlike
the others, frame by frame. What the reader finds is judged line by line (`judge.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Any, NamedTuple

from guideit.deid.pixels.frames import Opener, PixelFile, Stored, displayed
from guideit.deid.pixels.judge import (
    Line,
    Names,
    TextSettings,
    Verdict,
    View,
    closer,
    judged,
    lines,
    merged,
    nobody,
    together,
    touched,
    widened,
    with_neighbours,
)
from guideit.deid.pixels.layouts import Placed, layout_boxes
from guideit.deid.pixels.projections import (
    Grey,
    Projection,
    flattened,
    shown,
    stands_still,
    without_anatomy,
    without_grain,
)
from guideit.deid.pixels.reader import TextReader
from guideit.deid.pixels.regions import Box, Region

RULES: Mapping[Verdict, str] = {
    Verdict.BLANK: "text.detected",
    Verdict.DOUBTFUL: "text.doubtful",
    Verdict.KEPT: "text.mark",
}
FEW = 4
"""Frames of one size up to which each is looked at on its own."""
FINER = 1.5
"""Times the usual size at which small letters are looked for."""
UNUSUAL = 2
"""Frames unlike their neighbours, the first and the last among them, that are looked at on their own, at most."""


class Place(NamedTuple):
    """A frame: the instance's number in the series' order, the frame's number in it, both from 0."""

    instance: int
    frame: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFound:
    """What was found in a series.

    Attributes:
        regions: To be blanked, by rule id.
        doubtful: For a person to decide.
        kept: Marks that stay by policy.
        looked: What was looked at: counts of instances, frames, projections and pictures, and the reader's name.
    """

    regions: tuple[Region, ...] = ()
    doubtful: tuple[Region, ...] = ()
    kept: tuple[Region, ...] = ()
    looked: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class _Group:
    """Frames of one size and type."""

    size: tuple[int, int]
    projection: Projection
    places: list[Place] = field(default_factory=list)


def find_text(
    openers: Sequence[Opener], settings: TextSettings, reader: TextReader, names: Names = nobody
) -> TextFound:
    """Every line of text in a series' pixels. Memory: a few frames of each size, however many there are.

    Raises:
        NotUnderstood: Pixels cannot be decoded or are too large; nothing can be said of the series.
    """
    groups, layouts = _surveyed(openers)
    looked = Counter(instances=len(openers), frames=sum(len(g.places) for g in groups))
    verdicts: dict[Verdict, list[Region]] = defaultdict(list)
    for group in groups:
        for verdict, region in _in_group(openers, group, _Looking(settings, reader, names, looked)):
            verdicts[verdict].append(region)
    return TextFound(
        regions=(*_layout_regions(layouts), *verdicts[Verdict.BLANK]),
        doubtful=tuple(verdicts[Verdict.DOUBTFUL]),
        kept=tuple(verdicts[Verdict.KEPT]),
        looked={**looked, "reader": reader.name},
    )


class _Looking(NamedTuple):
    """What is needed to look, and the count of what was looked at."""

    settings: TextSettings
    reader: TextReader
    names: Names
    looked: Counter[str]


def _surveyed(openers: Sequence[Opener]) -> tuple[list[_Group], list[tuple[Placed, ...]]]:
    """One pass over every frame: its group with the projection; what the layout tables say of each instance."""
    groups: dict[tuple[Any, ...], _Group] = {}
    layouts: list[tuple[Placed, ...]] = []
    for instance, opener in enumerate(openers):
        file = opener()
        layouts.append(tuple(layout_boxes(file.dataset)))
        for number, stored in enumerate(file.stored()):
            frame = grey(file, stored)
            key = (*frame.shape, frame.dtype.str)
            if key not in groups:
                groups[key] = _Group(size=key[:2], projection=Projection(max(len(openers), file.frames)))
            groups[key].places.append(Place(instance, number))
            groups[key].projection.add(frame)
    return list(groups.values()), layouts


def grey(file: PixelFile, stored: Stored) -> Grey:
    """A frame as one value a pixel: as stored, or colour as a person sees it."""
    indexed = str(file.dataset.get("PhotometricInterpretation", "")) == "PALETTE COLOR"
    return displayed(file, stored) if stored.ndim == 3 or indexed else stored


def _layout_regions(layouts: Sequence[tuple[Placed, ...]]) -> list[Region]:
    """Of every instance; said once where they are all alike."""
    if layouts and all(here == layouts[0] for here in layouts):
        return [Region(rule=p.rule, box=p.box) for p in layouts[0]]
    return [Region(rule=p.rule, box=p.box, instance=i) for i, here in enumerate(layouts) for p in here]


def _in_group(openers: Sequence[Opener], group: _Group, looking: _Looking) -> Iterator[tuple[Verdict, Region]]:
    """Verdicts on every line of a group, on the frames on which each stands; marks, and what stands still, on all."""
    found = merged([*_in_projections(group, looking), *_in_frames(openers, group, looking)])
    found = merged([*found, *closer(found, looking.reader)])
    verdicts = together([judged(line, looking.settings, looking.names) for line in found])
    boxes = [widened(_whole(line, v, found), *group.size) for line, v in zip(found, verdicts, strict=True)]
    verdicts = touched(boxes, verdicts)
    said = [(box, verdict) for box, verdict in zip(boxes, verdicts, strict=True) if verdict is not Verdict.NOTHING]
    still = [box for box, line in zip(boxes, found, strict=True) if stands_still(line.projections)]
    wanted = [box for box, verdict in said if verdict is not Verdict.KEPT and box not in still]
    standing = dict(zip(wanted, _places(openers, group, wanted), strict=True))
    everywhere = len(group.places) == looking.looked["frames"]
    for box, verdict in said:
        places = standing.get(box, group.places)
        if everywhere and len(places) == len(group.places):
            yield verdict, Region(rule=RULES[verdict], box=box)
        else:
            yield from ((verdict, r) for r in _runs(RULES[verdict], box, places))


def _whole(line: Line, verdict: Verdict, found: Sequence[Line]) -> Box:
    """The box of a line; where it goes, with the pieces next to it."""
    if verdict is not Verdict.BLANK:
        return line.box
    return with_neighbours(line.box, [other.box for other in found if other is not line])


def _lines(view: View, looking: _Looking) -> list[Line]:
    looking.looked["pictures"] += 1
    return lines(view, looking.reader)


def _in_projections(group: _Group, looking: _Looking) -> Iterator[Line]:
    """Lines in the projections of many frames."""
    if len(group.places) <= FEW:
        return
    for name, picture in group.projection.pictures():
        looking.looked["projections"] += 1
        yield from (replace(line, projections=frozenset({name})) for line in _lines(View(picture), looking))


def _in_frames(openers: Sequence[Opener], group: _Group, looking: _Looking) -> Iterator[Line]:
    """Lines in frames: each of a few; of many, those unlike their neighbours."""
    few = len(group.places) <= FEW
    chosen = group.places if few else [group.places[i] for i in group.projection.unusual(UNUSUAL)]
    for frame in _frames(openers, chosen):
        for view in _views(frame, alone=few):
            yield from _lines(view, looking)


def _views(frame: Grey, alone: bool) -> Iterator[View]:
    """A frame as it is, and with even contrast in finer steps; `alone`, without anatomy and without grain too."""
    yield View(shown(frame))
    yield View(flattened(frame), finer=FINER)
    if alone:
        yield View(without_anatomy(frame))
        yield View(without_grain(frame))


def _frames(openers: Sequence[Opener], places: Sequence[Place]) -> Iterator[Grey]:
    """The frames at some places, which are in order."""
    for instance, wanted in groupby(places, key=lambda place: place.instance):
        numbers = {place.frame for place in wanted}
        file = openers[instance]()
        for number, stored in enumerate(islice(file.stored(), max(numbers) + 1)):
            if number in numbers:
                yield grey(file, stored)


def _places(openers: Sequence[Opener], group: _Group, boxes: Sequence[Box]) -> list[list[Place]]:
    """For each box, the frames on which its text stands: all of them where most have it, or where none surely does."""
    if not boxes or len(group.places) <= FEW:
        return [group.places for _ in boxes]
    templates = [group.projection.template(box) for box in boxes]
    has = [[t.stands(frame) for t in templates] for frame in _frames(openers, group.places)]
    return [_most(group.places, [row[i] for row in has]) for i in range(len(boxes))]


def _most(places: list[Place], has: Sequence[bool]) -> list[Place]:
    some = sum(has)
    return places if some == 0 or 2 * some >= len(has) else [p for p, h in zip(places, has, strict=True) if h]


def _runs(rule: str, box: Box, places: Sequence[Place]) -> Iterator[Region]:
    """Regions of frames that follow each other in an instance."""
    for instance, here in groupby(places, key=lambda place: place.instance):
        numbers = [place.frame for place in here]
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            frames = [number for _, number in run]
            yield Region(rule=rule, box=box, instance=instance, first=frames[0], last=frames[-1] + 1)
