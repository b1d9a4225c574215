"""The trade-off between leak and retention as one picture: a self-contained HTML page around an SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from guideit.quality.planting.score import ProofScore

_WIDTH, _HEIGHT, _LEFT, _TOP = 660, 400, 96, 20
_PLOT_WIDTH, _PLOT_HEIGHT = 520, 310
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#444444")
_FLOOR = 1e-6
"""Least leak drawn on the logarithmic axis; none at all is drawn below it, on the line named 0."""
_DECADES = 6


def curve_points(scores: Sequence[ProofScore]) -> list[dict[str, object]]:
    """The curve as JSON: for each policy its leak, what is retained, and the counts behind both."""
    return [
        {
            "policy": s.policy,
            "leak": s.leak,
            "retained": s.retained,
            "leaked": s.leaked,
            "planted": s.planted,
            "kept": s.kept,
            "useful": s.useful,
        }
        for s in scores
    ]


def curve_page(scores: Sequence[ProofScore], title: str) -> str:
    """An HTML page that needs nothing else."""
    rows = "".join(_row(score) for score in scores)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ccc}"
        "td:first-child,th:first-child{text-align:left}</style>"
        f"<h1>{escape(title)}</h1><p>Each point is a policy, run on the same planted copy. To the right: more of the "
        "values and pixels that research needs are what they were. Further down: fewer of the planted identifiers came "
        "through. A policy is asked for everything here, whether it promises it or not; what a policy holds back "
        "does not leak and is not retained.</p>"
        f"{curve_svg(scores)}<table><tr><th>policy<th>retained<th>of<th>leaked<th>of<th>kept its promises</tr>"
        f"{rows}</table></html>\n"
    )


def _row(score: ProofScore) -> str:
    numbers = (score.kept, score.useful, score.leaked, score.planted)
    cells = "".join(f"<td>{number:,}" for number in numbers)
    return f"<tr><td>{escape(score.policy)}{cells}<td>{'yes' if score.passed else 'no'}</tr>"


def curve_svg(scores: Sequence[ProofScore]) -> str:
    """Retained from left to right, leak from bottom to top on a logarithmic scale."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-label="Leak against retained, by policy" font-family="system-ui, sans-serif" font-size="12">',
        *_axes(),
        *_marks(scores),
        "</svg>",
    ]
    return "".join(parts)


def _x(retained: float) -> float:
    return _LEFT + _PLOT_WIDTH * retained


def _y(leak: float) -> float:
    """1 is on top, the floor near the bottom, none at the bottom."""
    if leak <= 0:
        return _TOP + _PLOT_HEIGHT
    decades = math.log10(max(leak, _FLOOR)) / _DECADES
    return _TOP - decades * (_PLOT_HEIGHT - 24)


def _axes() -> list[str]:
    bottom, right = _TOP + _PLOT_HEIGHT, _LEFT + _PLOT_WIDTH
    parts = []
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        parts.append(f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tenth * 10} %</text>')
    levels = [(10.0**-n, _percent(n)) for n in range(_DECADES + 1)]
    for leak, words in [*levels, (0.0, "0")]:
        y = _y(leak)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{words}</text>')
    parts.append(
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}" fill="none" stroke="#888"/>'
    )
    middle = _LEFT + _PLOT_WIDTH / 2
    parts.append(f'<text x="{middle}" y="{bottom + 40}" text-anchor="middle">useful values and pixels retained</text>')
    turned = f'transform="rotate(-90 14 {_TOP + _PLOT_HEIGHT / 2})"'
    parts.append(
        f'<text x="14" y="{_TOP + _PLOT_HEIGHT / 2}" text-anchor="middle" {turned}>planted identifiers leaked</text>'
    )
    return parts


def _percent(decade: int) -> str:
    return f"{100 / 10**decade:.{max(decade - 2, 0)}f} %"


def _marks(scores: Sequence[ProofScore]) -> list[str]:
    """A point for each policy and its name beside it; the line joins them by what they retain."""
    ordered = sorted(scores, key=lambda s: (s.retained, s.leak))
    line = " ".join(f"{_x(s.retained):.1f},{_y(s.leak):.1f}" for s in ordered)
    parts = [f'<polyline points="{line}" fill="none" stroke="#bbb" stroke-dasharray="4 3"/>']
    for number, group in enumerate(_at_one_place(ordered)):
        x, y = _x(group[0].retained), _y(group[0].leak)
        colour = _COLOURS[number % len(_COLOURS)]
        side = f'x="{x - 9:.1f}" text-anchor="end"' if group[0].retained > 0.6 else f'x="{x + 9:.1f}"'
        names = escape(", ".join(s.policy for s in group))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        above = -8 if number % 2 else 18
        parts.append(f'<text {side} y="{y + above:.1f}" fill="{colour}" font-weight="600">{names}</text>')
    return parts


def _at_one_place(ordered: Sequence[ProofScore]) -> list[list[ProofScore]]:
    """Policies whose points would lie on each other."""
    groups: list[list[ProofScore]] = []
    for score in ordered:
        near = next((g for g in groups if _near(g[0], score)), None)
        if near is None:
            groups.append([score])
        else:
            near.append(score)
    return groups


def _near(one: ProofScore, other: ProofScore) -> bool:
    return abs(_x(one.retained) - _x(other.retained)) < 6 and abs(_y(one.leak) - _y(other.leak)) < 6
