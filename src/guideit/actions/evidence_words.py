"""Plain words for the ids that stand in evidence: rules, options, actions, attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydicom.datadict import dictionary_description, dictionary_has_tag

from guideit.deid.actions import Action
from guideit.deid.hold import RULES
from guideit.trial.deidentification import OPTION_WORDS, Option

_DONE: Mapping[str, str] = {
    Action.KEEP: "kept",
    Action.CLEAN: "cleaned",
    Action.UID: "mapped to a new UID",
    Action.ZERO: "emptied",
    Action.DUMMY: "replaced by a dummy",
    Action.REMOVE: "removed",
}
_KINDS: Mapping[str, str] = {
    "hold": "held back by what its header says",
    "deid": "something that could not be cleaned as it is",
    "text": "text in pixels",
    "face": "a face in a volume",
    "free-text": "a doubtful span of free text",
    "table": "a clinical table",
    "risk": "people who stand out",
    "protocol": "beside what the protocol asks for",
    "verify": "what the independent verifier reports",
    "check": "what does not fit together",
    "intake": "a file that could not be taken in",
    "review": "a person's decision",
}
_RULES: Mapping[str, str] = {
    "hold.modality": "the trial leaves out images of this modality",
    "hold.head-contours": "contours that may outline the face of a head that is held back",
    "pixels.doubtful-text": "what may be text in pixels and could not be decided",
    "pixels.not-understood": "pixels that could not be read",
    "faces.doubtful": "a volume that may show a head whose face cannot surely be removed",
    "text.doubtful": "a word in free text that may name somebody",
    "risk.release": "the risk that somebody is recognised is above the threshold of this access",
    "risk.table": "by a table alone, participants stand out more than the risk allows",
    "risk.table-blanked": "participants whose rare values were blanked in tables",
    "risk.table-coarsened": "columns of tables that were made coarser",
    "deid.pixels": "pixels that could not be cleaned",
    "table.column-undeclared": "a column that trial.toml does not declare",
    "verify.text-doubt": "a second reader sees words in released pixels",
    "verify.masked-most": "masks cover most of a series' pixels",
    "verify.reference-held": "a reference to an instance that is held back",
    "protocol.missing-imaging": "imaging that the protocol asks for was not received",
    "protocol.out-of-window": "imaging outside the window of its visit",
}
_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)")


def rule_words(rule: str) -> str:
    """What a rule is about; of one that is not known, its room."""
    if rule in RULES:
        return RULES[rule][1]
    return _RULES.get(rule) or _KINDS.get(rule.partition(".")[0], "another check")


def option_words(option: str) -> str:
    """What an option of PS3.15 does."""
    known = {each.value: words for each, words in OPTION_WORDS.items()}
    return known[option] if option in {each.value for each in Option} else option


def changed_how(change: str) -> str:
    """What was done, by what the evidence counts: an action's code and its rule."""
    if change == "attested":
        return "written: the pseudonym, and what was done"
    return _DONE.get(change.partition(" ")[0], "changed")


def attribute_name(path: str) -> str:
    """The standard's name of the last attribute of a tag path; empty where it has none."""
    tags = _TAG.findall(path)
    if not tags:
        return ""
    tag = int("".join(tags[-1]), 16)
    return dictionary_description(tag) if dictionary_has_tag(tag) else ""
