"""Why a head is in doubt, in words for whoever has to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WORDS: Mapping[str, str] = {
    "face.no-volume": "its images form no volume that could be measured",
    "face.not-understood": "its images could not be read as a volume",
    "face.may-show-a-head": "part of it looks like a head",
    "face.slid-off": "the template of a head found no place in it",
    "face.moved": "the head lies elsewhere than in the other series of its frame of reference",
    "face.partly-there": "part of the face lies outside the images or was removed before",
    "face.only-partly-defaced": "more of a face is left than in the other series",
    "face.likeness": "it resembles the template of a head too little",
    "face.outline": "the outline of the head is not that of the template",
    "face.size-least": "the head would be of an unlikely size",
    "face.size-most": "the head would be of an unlikely size",
    "face.shear": "the head would be of an unlikely shape",
    "face.turn": "the head would be turned more than a head lies",
    "face.agreement": "two ways of finding the head disagree",
    "face.surface-left": "too much of the face's skin would be left",
}
"""What each rule says; of a rule that is not here, its name."""


def in_words(reasons: Iterable[str]) -> str:
    """Reasons as a sentence's end, each once."""
    return "; ".join(dict.fromkeys(WORDS.get(reason, reason) for reason in reasons))
