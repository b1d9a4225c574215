"""Lines of text in one picture, and what becomes of each.

Found text goes whether or not it could be read rightly; reading only tells text from anatomy, and marks from the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from guideit.deid.pixels.projections import Picture
from guideit.deid.pixels.reader import Found, TextReader
from guideit.deid.pixels.regions import Box
from guideit.deid.pixels.words import distinct, has_unread_signs, is_mark, letters

Names = Callable[[str], bool]
"""Whether a text names the participant."""
SEEN_AT = 512
"""Pixels of the shorter side below which a picture is enlarged before it is looked at."""
MOST_ENLARGED = 4.5
"""Times; letters of 8 pixels are then as large as the reader likes them."""
TILE, OVERLAP = 1024, 128
"""Pixels of the parts in which a large picture is looked at in its own size."""
SURELY, NEARLY = 0.85, 0.75
"""Reader's confidence from which two or three letters in a short box are text, and from which somebody should look."""
PAGE = 12
"""Lines of text from which a picture is a page, as a report or an exam summary is."""
WORTH_READING = 0.4
"""Detector's score below which a box of one or two letters is anatomy."""
LOWEST = 6
"""Pixels of height below which nothing is read: letters of 8 pixels are found 9 high."""
ELONGATED = 2.2
"""Length of a line over its height from which it is more than one or two letters."""

SECOND_LOOKS = 6
"""Lines of a picture or series that are looked at again, at most."""
BESIDE = 4
"""Heights of a line that are looked at beside it."""
LIKED = 36.0
"""Pixels of height as which a line is looked at again."""
TALL, TALLEST = 40, 56
"""Pixels of height above which a row of shapes is anatomy: where they are not read; where one sign is, and surely."""
LIKELY = 0.5
"""Detector's score, and reader's confidence, from which a line is rather text than not."""
STROKES = 0.4
"""Change along a box over change across it below which it holds an edge and no letters: text has 0.56 and more."""


class View(NamedTuple):
    """A picture to be looked at: how much finer than usual, and whether by a quarter turn."""

    picture: Picture
    finer: float = 1.0
    turned: bool = False


class Verdict(StrEnum):
    """What becomes of a line."""

    BLANK = "blank"
    DOUBTFUL = "doubtful"
    KEPT = "kept"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class TextSettings:
    """What a policy says of text in pixels, and where sure begins.

    Attributes:
        keep_marks: Laterality, view, orientation and scale marks stay.
        sure_score: Detector's score from which a long line goes even if it is read badly.
        sure_reading: Reader's confidence from which two letters or more are text.
        mark_reading: Reader's confidence from which a mark is taken for one.
    """

    keep_marks: bool = True
    sure_score: float = 0.5
    sure_reading: float = 0.6
    mark_reading: float = 0.85


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that was found: where, the detector's score, and what was read (never leaves this process' memory)."""

    box: Box
    score: float
    text: str
    confidence: float
    along: float = 1.0
    """Change along the line over change across it."""
    seen: int = 1
    """Pictures it was found in."""
    projections: frozenset[str] = frozenset()
    """Those of a series in which it was found, by name."""
    picture: Picture | None = field(default=None, compare=False, repr=False)
    """In which it was read best."""


def nobody(text: str) -> bool:
    """Names of a participant of whom nothing is known."""
    return False


def lines(view: View, reader: TextReader) -> list[Line]:
    """Every line in a picture, boxes in its pixels; what is as large as anatomy is left out."""
    picture = view.picture
    found = [f for f in _looked_at(view, reader) if is_letters_high(f.box, picture.shape[0], picture.shape[1])]
    return [_read(picture, f, reader) for f in chained(found)]


def chained(found: Sequence[Found]) -> list[Found]:
    """Pieces of one line as one: as high as each other, in a row, with less than a letter between them."""
    done: list[Found] = []
    for piece in sorted(found, key=lambda f: (f.box.left + f.box.right, f.box.top)):
        other = next((d for d in done if _in_a_row(d.box, piece.box)), None)
        if other is None:
            done.append(piece)
        else:
            done[done.index(other)] = Found(box=around(other.box, piece.box), score=max(other.score, piece.score))
    return chained(done) if len(done) < len(found) else done


def _in_a_row(one: Box, other: Box) -> bool:
    """Whether two boxes follow each other, beside or below, and are about as high."""
    for a, b in ((one, other), (_turned(one), _turned(other))):
        thin, thick = sorted((a.bottom - a.top, b.bottom - b.top))
        level = min(a.bottom, b.bottom) - max(a.top, b.top) >= 0.6 * thick
        gap = max(a.left, b.left) - min(a.right, b.right)
        if (
            level
            and thick <= 1.7 * thin
            and gap <= 0.7 * thin
            and thick <= 1.3 * max(a.right - a.left, b.right - b.left)
        ):
            return True
    return False


def _turned(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


def is_letters_high(box: Box, rows: int, columns: int) -> bool:
    """Whether a box is no higher than letters are; a long one may be higher than a short one, which may be anatomy."""
    side = min(rows, columns)
    tallest = max(min(0.25 * side, 48.0), 0.04 * side, 16.0)
    return LOWEST <= _height(box) <= tallest * (1.5 if _length(box) >= ELONGATED * _height(box) else 1.0)


def _height(box: Box) -> int:
    return min(box.right - box.left, box.bottom - box.top)


def _length(box: Box) -> int:
    return max(box.right - box.left, box.bottom - box.top)


def _looked_at(view: View, reader: TextReader) -> Sequence[Found]:
    """What the reader finds, in pixels of the picture as it is."""
    return _turned_back(view, lambda picture: list(_in_parts(picture, view.finer, reader)))


def _turned_back(view: View, look: Callable[[Picture], Sequence[Found]]) -> Sequence[Found]:
    """What is found in a picture, which is turned before where the view says so."""
    if not view.turned:
        return look(view.picture)
    columns = view.picture.shape[1]
    found = look(np.ascontiguousarray(np.rot90(view.picture)))
    return [replace(f, box=_back(f.box, columns), corners=()) for f in found]


def _back(box: Box, columns: int) -> Box:
    return Box(columns - box.bottom, box.left, columns - box.top, box.right)


def _in_parts(picture: Picture, finer: float, reader: TextReader) -> Iterator[Found]:
    """What the reader finds: small pictures enlarged, `finer` times more where it says so, large ones also in parts."""
    rows, columns = picture.shape[:2]
    if max(rows, columns) <= TILE * 1.5:
        yield from reader.detect(picture, finer * min(max(SEEN_AT / min(rows, columns), 1.0), MOST_ENLARGED))
        return
    yield from reader.detect(picture, TILE / max(rows, columns))
    for top in range(0, rows, TILE - OVERLAP):
        for left in range(0, columns, TILE - OVERLAP):
            for found in reader.detect(picture[top : top + TILE, left : left + TILE]):
                yield _moved(found, Box(left, top, columns, rows))


def _read(picture: Picture, found: Found, reader: TextReader) -> Line:
    short = _length(found.box) < ELONGATED * _height(found.box)
    text, confidence = ("", 0.0) if short and found.score < WORTH_READING else reader.read(picture, found.box)
    return Line(box=found.box, score=found.score, text=text, confidence=confidence, along=along(picture, found.box))


def along(picture: Picture, box: Box) -> float:
    """How much a picture changes along a box over how much it changes across: about 1 in text, near 0 on an edge."""
    inside = picture[box.top : box.bottom, box.left : box.right].astype(np.float32)
    inside = inside.mean(axis=2) if inside.ndim == 3 else inside
    lengthwise, crosswise = (1, 0) if inside.shape[1] >= inside.shape[0] else (0, 1)
    if min(inside.shape) < 2:
        return 0.0
    changes = [float(np.abs(np.diff(inside, axis=axis)).mean()) for axis in (lengthwise, crosswise)]
    return changes[0] / max(changes[1], 1e-9)


def closer(found: Sequence[Line], reader: TextReader) -> list[Line]:
    """What a second look finds, larger, at and beside the lines that may be text; none on a page of text."""
    if len(found) >= PAGE:
        return []
    first = sorted(found, key=lambda line: (_is_long(line), line.score), reverse=True)[:SECOND_LOOKS]
    return [piece for line in first if line.picture is not None for piece in _closer(line, line.picture, reader)]


def _closer(line: Line, picture: Picture, reader: TextReader) -> Iterator[Line]:
    rows, columns = picture.shape[:2]
    height, upright = _height(line.box), line.box.bottom - line.box.top > line.box.right - line.box.left
    x, y = (height, BESIDE * height) if upright else (BESIDE * height, height)
    b = line.box
    at = Box(max(b.left - x, 0), max(b.top - y, 0), min(b.right + x, columns), min(b.bottom + y, rows))
    part = View(picture[at.top : at.bottom, at.left : at.right], turned=upright)
    enlarge = min(max(LIKED / height, 1.0), MOST_ENLARGED)
    pieces = [f for f in _turned_back(part, lambda p: reader.detect(p, enlarge)) if _height(f.box) <= 1.5 * height]
    for piece in chained([_moved(f, at) for f in pieces]):
        if _height(piece.box) >= LOWEST:
            yield _read(picture, piece, reader)


def _moved(found: Found, at: Box) -> Found:
    """Found in a part of a picture, in pixels of the whole."""
    b = found.box
    return Found(box=Box(b.left + at.left, b.top + at.top, b.right + at.left, b.bottom + at.top), score=found.score)


def merged(found: Sequence[Line]) -> list[Line]:
    """Lines that lie on each other as one: their common box, the best reading, how often it was seen."""
    done: list[Line] = []
    heights: list[int] = []  # of the best reading: a box does not grow higher and higher
    for line in sorted(found, key=lambda one: -one.confidence):
        at = next((i for i, d in enumerate(done) if _same(d.box, line.box, heights[i])), None)
        if at is None:
            done.append(line)
            heights.append(_height(line.box))
        else:
            done[at] = _both(done[at], line)
    return done


def _both(best: Line, line: Line) -> Line:
    """Two findings of one line, the first with the better reading."""
    return replace(
        best,
        box=around(best.box, line.box),
        score=max(best.score, line.score),
        along=max(best.along, line.along),
        seen=best.seen + line.seen,
        projections=best.projections | line.projections,
    )


def around(one: Box, other: Box) -> Box:
    """The smallest box with both in it."""
    return Box(
        min(one.left, other.left), min(one.top, other.top), max(one.right, other.right), max(one.bottom, other.bottom)
    )


def shared(one: Box, other: Box) -> int:
    """Pixels in both."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(wide, 0) * max(high, 0)


def area(box: Box) -> int:
    """Pixels in a box."""
    return (box.right - box.left) * (box.bottom - box.top)


def _same(one: Box, other: Box, height: int) -> bool:
    """Whether two boxes show one line: half of the smaller lies in the larger; together not much more, nor higher."""
    both = around(one, other)
    more = area(both) <= 1.6 * max(area(one), area(other)) and _height(both) <= 1.6 * height
    return more and shared(one, other) >= 0.5 * min(area(one), area(other))


def judged(line: Line, settings: TextSettings, names: Names) -> Verdict:
    """What becomes of a line."""
    if line.text.strip() and names(line.text):
        return Verdict.BLANK
    if _is_sure_mark(line, settings):
        return Verdict.KEPT if settings.keep_marks else Verdict.BLANK
    if line.confidence >= settings.sure_reading and (_is_read(line) or _is_foreign(line, settings)):
        return Verdict.BLANK
    return _unread(line, settings)


def together(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts on the lines of one picture or series: on a page of text all of it goes."""
    page = sum(v is Verdict.BLANK for v in verdicts) >= PAGE
    return [Verdict.BLANK if page and v is not Verdict.NOTHING else v for v in verdicts]


def touched(boxes: Sequence[Box], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts on lines at some boxes: of what is doubtful and half under a line that goes, nobody is asked."""
    gone = [box for box, verdict in zip(boxes, verdicts, strict=True) if verdict is Verdict.BLANK]
    return [
        Verdict.BLANK if v is Verdict.DOUBTFUL and any(shared(box, g) >= 0.5 * area(box) for g in gone) else v
        for box, v in zip(boxes, verdicts, strict=True)
    ]


def with_neighbours(box: Box, others: Sequence[Box]) -> Box:
    """A line of text with what was found next to it in its row, read or not: letters that were missed at an end."""
    for other in others:
        if _continues(box, other):
            box = around(box, other)
    return box


def _continues(line: Box, piece: Box) -> bool:
    """Whether a piece stands in the row of a line, less than a letter and a half from its end."""
    if line.right - line.left < line.bottom - line.top:
        line, piece = _turned(line), _turned(piece)
    height = line.bottom - line.top
    level = min(line.bottom, piece.bottom) - max(line.top, piece.top) >= 0.5 * min(height, piece.bottom - piece.top)
    gap = max(line.left, piece.left) - min(line.right, piece.right)
    return level and gap <= 1.5 * height and piece.bottom - piece.top <= 1.6 * height


def _is_sure_mark(line: Line, settings: TextSettings) -> bool:
    sure = line.confidence >= settings.mark_reading and line.score >= settings.sure_score
    return sure and is_mark(line.text) and _fits(line)


def _is_read(line: Line) -> bool:
    """Whether there are two letters or digits at least, not the same ones over and over; where it is a short line, or
    a long one with two letters of which the detector is not sure either, surely or in several pictures."""
    likely = _is_long(line) and (letters(line.text) > 2 or line.score >= LIKELY)
    several = letters(line.text) >= 2 and distinct(line.text) >= 2
    return several and (likely or line.seen > 1 or line.confidence >= SURELY)


def _is_foreign(line: Line, settings: TextSettings) -> bool:
    """Whether it is a line in a script the reader does not know: it sees signs and gives blanks for them."""
    blanks = line.text.isspace() or (letters(line.text) > 0 and has_unread_signs(line.text))
    return blanks and _is_long(line) and line.score >= settings.sure_score


def _fits(line: Line) -> bool:
    """Whether the box is no longer than what was read: a long line misread as one letter is no mark."""
    return _length(line.box) <= (0.5 * len(line.text) + 1.2) * _height(line.box)


def _is_long(line: Line) -> bool:
    return _length(line.box) >= ELONGATED * _height(line.box)


def _unread(line: Line, settings: TextSettings) -> Verdict:
    """Of a line that was read badly or not at all."""
    sure = line.score >= settings.sure_score
    if not _is_long(line):
        few = letters(line.text) >= 2 and line.confidence >= NEARLY and sure
        return Verdict.DOUBTFUL if few and distinct(line.text) >= 2 else Verdict.NOTHING
    if line.along < STROKES or _height(line.box) > (TALLEST if line.confidence >= SURELY else TALL):
        return Verdict.NOTHING
    if line.confidence >= LIKELY and line.seen > 1:
        return Verdict.BLANK
    return Verdict.DOUBTFUL if sure and (line.seen > 1 or line.confidence >= settings.sure_reading) else Verdict.NOTHING


def widened(box: Box, rows: int, columns: int) -> Box:
    """A box with room for accents, tails and a letter that was missed at either end, cut to the frame."""
    height = _height(box)
    along, across = max(round(min(1.6 * height, 0.5 * height + 24)), 4), max(round(0.25 * height), 2)
    x, y = (along, across) if box.right - box.left >= box.bottom - box.top else (across, along)
    return Box(max(box.left - x, 0), max(box.top - y, 0), min(box.right + x, columns), min(box.bottom + y, rows))
