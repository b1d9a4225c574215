"""Which decisions each rule allows, and what each means: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCEPT, REDACT, EXCLUDE = "accept", "redact", "exclude"
_STAYS_BACK = "the series stays out of every release"
_BLANK = "what is drawn is blanked; the rest is released"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a person may decide on a rule's findings.

    Attributes:
        means: Each decision and what it does, in plain words.
        draws: Whether its findings concern text in pixels: regions are drawn, and redacting blanks them.
    """

    means: Mapping[str, str] = field(default_factory=dict)
    draws: bool = False


_PIXELS = Choice(
    means={ACCEPT: "what is drawn or seen there may stay", REDACT: _BLANK, EXCLUDE: _STAYS_BACK},
    draws=True,
)
CHOICES: Mapping[str, Choice] = {
    "hold.modality": Choice(),
    "hold.burned-in-": _PIXELS,
    "hold.secondary-capture": _PIXELS,
    "hold.": Choice(means={ACCEPT: "nobody can be recognised from it: it may be released", EXCLUDE: _STAYS_BACK}),
    "check.": Choice(means={ACCEPT: "it is right as it is", EXCLUDE: "what it concerns stays out of every release"}),
    "pixels.": _PIXELS,
    "pixels.not-understood": Choice(means={EXCLUDE: _STAYS_BACK}),
    "faces.": Choice(means={ACCEPT: "no face can be recognised: it may be released", EXCLUDE: _STAYS_BACK}),
    "text.": Choice(
        means={ACCEPT: "the text may stay, wherever it stands", REDACT: "the text goes, wherever it stands"}
    ),
    "risk.": Choice(means={ACCEPT: "the risk is taken; the reason answers for it"}),
}
"""By how a rule begins, the longest first. A rule of no row here (`verify.`, `deid.`, `intake.`, `protocol.`) is
nobody's to overrule: it stands until the input or the policy changes. Only what can be left out can be excluded: a
series can; a text or the risk of a whole release cannot."""


def choice(rule: str) -> Choice:
    """What may be decided on a rule's findings; nothing where no row fits."""
    fits = [prefix for prefix in CHOICES if rule.startswith(prefix)]
    return CHOICES[max(fits, key=len)] if fits else Choice()
