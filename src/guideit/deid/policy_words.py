"""Policies in plain words: what one does, and what two do differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from guideit.deid.actions import Action
from guideit.deid.hold import RULES
from guideit.deid.policy import Policy
from guideit.dicom.dictionary import PUBLIC
from guideit.dicom.elements import tag_text
from guideit.trial.deidentification import OPTION_WORDS, Option

ACTION_WORDS: Mapping[Action, str] = {
    Action.KEEP: "kept, identifiers in texts taken out",
    Action.CLEAN: "cleaned: identifiers go, dates move, descriptions keep words of the vocabulary",
    Action.UID: "mapped to new UIDs",
    Action.ZERO: "emptied",
    Action.DUMMY: "replaced by a dummy",
    Action.REMOVE: "removed",
}
_DATES = {
    "shift": "moved by one shift per participant, {0:,} to {1:,} days into the past",
    "keep": "kept in full",
    "remove": "removed or emptied",
}


_LOOKED_AT: Mapping[Option, tuple[frozenset[str], Mapping[str, str]]] = {
    Option.CLEAN_PIXEL_DATA: (
        frozenset({"hold.overlay"}),
        {
            "hold.burned-in-annotation": "a photograph or a document whose header says that it shows text",
            "hold.burned-in-modality": "a photograph, a document, or no modality is stated",
            "pixels.doubtful-text": "what may be text in the pixels could not be decided",
            "pixels.not-understood": "the pixels cannot be decoded",
        },
    ),
    Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES: (
        frozenset({"hold.head-volume"}),
        {
            "hold.visible-features": "a person may be recognised in a picture that is no volume",
            "faces.doubtful": "a volume that may show a head whose face cannot surely be removed",
        },
    ),
}
"""Where an option has the pixels themselves looked at: rules that hold nothing back any more, and what does instead."""


@dataclass(frozen=True, kw_only=True)
class PolicyFacts:
    """What a policy does.

    Attributes:
        options: Each option in force with what it does.
        dates: What happens to dates.
        attributes: How many of the standard's attributes each action takes.
        private: How many private elements may stay.
        held: Rules that hold series back, with the reason.
    """

    options: Mapping[str, str]
    dates: str
    attributes: Mapping[str, int]
    private: int
    held: Mapping[str, str]


def policy_facts(policy: Policy) -> PolicyFacts:
    """What a policy does, in plain words."""
    counted = Counter(decision.action for decision in policy.public.values())
    return PolicyFacts(
        options={option.value: OPTION_WORDS[option] for option in Option if option in policy.settings.options},
        dates=_DATES[policy.dates].format(*policy.settings.shift_days),
        attributes={ACTION_WORDS[action]: counted[action] for action in ACTION_WORDS},
        private=len(policy.private),
        held=_held(policy),
    )


def _held(policy: Policy) -> dict[str, str]:
    words = {rule: says for rule, (_, says) in RULES.items()}
    for option, (gone, instead) in _LOOKED_AT.items():
        if option in policy.settings.options:
            words = {rule: says for rule, says in words.items() if rule not in gone} | dict(instead)
    return {rule: says for rule, says in words.items() if rule not in policy.settings.accept}


@dataclass(frozen=True, kw_only=True)
class PolicyDifference:
    """What two policies do differently.

    Attributes:
        only_first, only_second: Options that one has and the other has not, with what they do.
        attributes: Keywords of attributes by what the first and the second do to them.
        dates: What each does to dates; empty where it is the same.
        private: Private elements that only the first, and only the second, lets stay.
        held: What only the first, and only the second, holds back.
    """

    only_first: Mapping[str, str]
    only_second: Mapping[str, str]
    attributes: Mapping[tuple[Action, Action], tuple[str, ...]]
    dates: tuple[str, ...]
    private: tuple[int, int]
    held: tuple[Mapping[str, str], Mapping[str, str]]


def policy_difference(first: Policy, second: Policy) -> PolicyDifference:
    """What two policies do differently; attributes by keyword, in the order of their tags."""
    changed: dict[tuple[Action, Action], list[str]] = {}
    for tag in sorted(first.public.keys() | second.public.keys()):
        pair = first.decide(tag, _vr(first, tag)).action, second.decide(tag, _vr(second, tag)).action
        if pair[0] is not pair[1]:
            changed.setdefault(pair, []).append(PUBLIC[tag].keyword if tag in PUBLIC else tag_text(tag))
    here, there = policy_facts(first), policy_facts(second)
    dates = here.dates, there.dates
    return PolicyDifference(
        only_first=_missing(first, second),
        only_second=_missing(second, first),
        attributes={pair: tuple(words) for pair, words in sorted(changed.items())},
        dates=dates if dates[0] != dates[1] else (),
        private=(len(first.private.keys() - second.private.keys()), len(second.private.keys() - first.private.keys())),
        held=(_only(here.held, there.held), _only(there.held, here.held)),
    )


def _only(these: Mapping[str, str], those: Mapping[str, str]) -> dict[str, str]:
    return {rule: says for rule, says in these.items() if those.get(rule) != says}


def _vr(policy: Policy, tag: int) -> str:
    return min(policy.vrs[tag], default="UN")


def _missing(these: Policy, those: Policy) -> dict[str, str]:
    missing = these.settings.options - those.settings.options
    return {option.value: OPTION_WORDS[option] for option in Option if option in missing}
