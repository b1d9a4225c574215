"""What nobody looked for, said plainly: a report that lists only what was found is read as if all was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALWAYS: tuple[tuple[str, str], ...] = (
    ("Voices", "Sound in waveform objects is not listened to; waveforms are held back unless the trial accepts them."),
    ("Video", "MPEG and H.26x streams are not decoded, so nobody looks at their frames or listens to them."),
    (
        "Teeth, implants and bones",
        "Dental work, implants, the sinuses or old fractures can be matched with another image of the same person. "
        "They are the content of the image and stay.",
    ),
    (
        "The inner head and body",
        "Brain folds, vessels and the outline of the body can tell one person from another for whoever has "
        "a second scan. A removed face does not change that.",
    ),
    ("Gait and movement", "Motion in cine and functional series is not looked at as a mark of a person."),
    ("Skin", "Tattoos, scars and photographs of skin are not recognised as marks of a person."),
    ("Handwriting and logos", "Signatures, drawings and logos that no reader reads as letters are not found."),
    (
        "Text on single slices",
        "Series are read by their projections over all slices and a few single ones: text that stands on one slice "
        "only, over bright tissue, may be missed.",
    ),
    ("Scripts", "Text in pixels is read as Latin letters by the second reader; other scripts only by the first."),
    (
        "Identifiers nobody told of",
        "Names are known from headers, tables and the crosswalk. A relative's name or a nickname in free text is "
        "found by its form only.",
    ),
    (
        "Other releases",
        "Whether the same people can be found in data that other bodies share, or that will be shared, is unknown.",
    ),
    ("What recipients do", "Technical measures do not replace the conditions of use and their control."),
)
_MISSING: Mapping[str, tuple[str, str]] = {
    "pixels": (
        "Text in pixels and faces",
        "The policy does not clean pixels, so nobody looked at them. Series whose header says that they may show text "
        "or a face are held back unless the trial accepted them; a header that says otherwise defeats that.",
    ),
    "faces": ("Faces", "No series of this release was looked at for a face."),
    "risk": ("The risk that remains", "Not assessed: nobody computed how far participants stand out in this release."),
    "planting": ("Proof by planting", "Not done: no made-up identifiers were planted to see what the policy lets by."),
    "verifier": ("Independent verification", "Not done when this report was written."),
    "second reader": ("A second reader of pixels", "Released pixels were not read a second time by another reader."),
}


def not_looked_for(
    *,
    pixels: Mapping[str, Any] | None,
    risk: Mapping[str, Any] | None,
    planting: Mapping[str, Any] | None,
    verifier: Mapping[str, Any] | None,
) -> list[dict[str, str]]:
    """What was not done for this release first, then what is never done."""
    done = {
        "pixels": pixels is not None,
        "faces": pixels is None or bool(pixels.get("faces")),
        "risk": risk is not None,
        "planting": planting is not None,
        "verifier": verifier is not None,
        "second reader": verifier is None or bool(verifier.get("readers")),
    }
    here = [{"what": what, "says": says, "always": "no"} for key, (what, says) in _MISSING.items() if not done[key]]
    return here + [{"what": what, "says": says, "always": "yes"} for what, says in ALWAYS]
