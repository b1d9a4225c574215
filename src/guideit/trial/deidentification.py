"""The de-identification settings a trial declares: `[deidentification]` in trial.toml.

The same table alone, in a file, is what `guideit deid --policy FILE` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Option(StrEnum):
    """The twelve options of PS3.15 Annex E (CID 7050, codes 113101 to 113112)."""

    CLEAN_PIXEL_DATA = "clean-pixel-data"
    CLEAN_RECOGNIZABLE_VISUAL_FEATURES = "clean-recognizable-visual-features"
    CLEAN_GRAPHICS = "clean-graphics"
    CLEAN_STRUCTURED_CONTENT = "clean-structured-content"
    CLEAN_DESCRIPTORS = "clean-descriptors"
    RETAIN_LONGITUDINAL_FULL_DATES = "retain-longitudinal-full-dates"
    RETAIN_LONGITUDINAL_MODIFIED_DATES = "retain-longitudinal-modified-dates"
    RETAIN_PATIENT_CHARACTERISTICS = "retain-patient-characteristics"
    RETAIN_DEVICE_IDENTITY = "retain-device-identity"
    RETAIN_INSTITUTION_IDENTITY = "retain-institution-identity"
    RETAIN_UIDS = "retain-uids"
    RETAIN_SAFE_PRIVATE = "retain-safe-private"


DEFAULT_OPTIONS = frozenset(
    {
        Option.CLEAN_DESCRIPTORS,
        Option.CLEAN_STRUCTURED_CONTENT,
        Option.CLEAN_GRAPHICS,
        Option.RETAIN_LONGITUDINAL_MODIFIED_DATES,
        Option.RETAIN_PATIENT_CHARACTERISTICS,
        Option.RETAIN_SAFE_PRIVATE,
    }
)
"""What a trial gets when it says nothing: interpretable images, shifted dates, no device or site identity."""


class PolicyName(StrEnum):
    """Policies that have a name."""

    BASIC = "basic"
    TRIAL = "trial"
    OPEN = "open"


POLICIES: Mapping[PolicyName, frozenset[Option]] = {
    PolicyName.BASIC: frozenset(),
    PolicyName.TRIAL: DEFAULT_OPTIONS,
    PolicyName.OPEN: DEFAULT_OPTIONS | {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES},
}
"""The options of each."""
POLICY_WORDS: Mapping[PolicyName, str] = {
    PolicyName.BASIC: "The basic profile of PS3.15 alone: no dates, no descriptions, nothing about the patient.",
    PolicyName.TRIAL: "For trials: dates are moved and intervals stay, descriptions and reports are cleaned, what is "
    "known of the patient's body and the device's model stays; what may show text or a face is held back.",
    PolicyName.OPEN: "As `trial`, with text in pixels and faces cleaned, for data that anybody may have. What cannot "
    "be decided is held back for a person.",
}
OPTION_WORDS: Mapping[Option, str] = {
    Option.CLEAN_PIXEL_DATA: "text burned into pixels is looked for and blanked; what cannot be decided is held back",
    Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES: "heads are looked for in volumes and faces removed; what cannot be "
    "decided is held back",
    Option.CLEAN_GRAPHICS: "annotations drawn beside the pixels stay, their texts cleaned",
    Option.CLEAN_STRUCTURED_CONTENT: "structured reports stay, their texts cleaned",
    Option.CLEAN_DESCRIPTORS: "descriptions and comments stay, with words of the vocabulary only",
    Option.RETAIN_LONGITUDINAL_FULL_DATES: "dates and times stay as they are",
    Option.RETAIN_LONGITUDINAL_MODIFIED_DATES: "dates are moved by one shift per participant; intervals stay",
    Option.RETAIN_PATIENT_CHARACTERISTICS: "sex, age, size, weight and the like stay",
    Option.RETAIN_DEVICE_IDENTITY: "serial numbers and names of devices stay",
    Option.RETAIN_INSTITUTION_IDENTITY: "names and addresses of institutions stay",
    Option.RETAIN_UIDS: "UIDs stay as they are",
    Option.RETAIN_SAFE_PRIVATE: "private elements that the standard lists as safe stay",
}
"""What each option does, in plain words."""


class FaceFill(StrEnum):
    """What stands where a face was."""

    BLANK = "blank"
    NOISE = "noise"


class FreeText(StrEnum):
    """What stays of free text: comments, the texts of reports, free-text columns of tables."""

    VOCABULARY = "vocabulary"
    """Words of the vocabulary only, as in descriptions: nothing has to be looked at."""
    REDACT = "redact"
    """Everything but what identifies; what is doubtful waits for review."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """One exception to the policy.

    Attributes:
        target: A DICOM keyword (`StudyID`), a tag (`(0020,0010)`), or a private element by creator
            (`(0019,xx0c) SIEMENS MR HEADER`).
        action: `keep`, `remove`, `zero`, `dummy`, `clean` or `uid` (K X Z D C U of PS3.15 Table E.1-1).
        why: The steward's reason; required, it goes into the evidence.
    """

    target: str
    action: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeidSettings:
    """What the trial asks of de-identification.

    Attributes:
        policy: A named policy (`guideit policy show NAME`); it says the options, so write one or the other.
        options: Options of PS3.15 on top of the basic profile.
        overrides: Exceptions, each with its reason.
        keep_words: Words kept in descriptions besides the built-in vocabulary (protocol and sequence names).
        shift_days: Smallest and largest shift of dates, in days, both positive; dates move into the past.
        oldest_age: Ages above this, in years, are written as this (HIPAA Safe Harbor: 89).
        accept: Rule ids of `hold.*` findings that the trial accepts: such series pass without review.
        drop_modalities: Modalities (0008,0060) left out of the release (`SR`, `PR`, `KO`).
        keep_marks: Whether marks of side (`L`, `R`) and of scale (`5 cm`) may stay in pixels whose text is cleaned.
        face_fill: What stands where a face was: `blank` (air), or `noise` (smoothed noise).
        keep_eyes: Whether the eyes stay where a face is removed, as plans of radiotherapy may need.
        second_reader: Whether a second person must agree before a finding is accepted or redacted: of every rule, or of
            those that begin so (`pixels.`, `faces.`).
        free_text: What stays of comments, of the texts of reports and of free-text columns: words of the vocabulary,
            or everything but what identifies, with doubtful words held for review.
        recogniser: What else looks for names in free text that is redacted (`presidio:en_core_web_sm`), installed by
            you; empty: nothing else.
    """

    policy: PolicyName | None = None
    options: frozenset[Option] = DEFAULT_OPTIONS
    overrides: tuple[Override, ...] = ()
    keep_words: tuple[str, ...] = ()
    shift_days: tuple[int, int] = (365, 3650)
    oldest_age: int = 89
    accept: frozenset[str] = frozenset()
    drop_modalities: frozenset[str] = frozenset()
    keep_marks: bool = True
    face_fill: FaceFill = FaceFill.BLANK
    keep_eyes: bool = False
    second_reader: frozenset[str] | bool = False
    free_text: FreeText = FreeText.VOCABULARY
    recogniser: str = ""

    def __post_init__(self) -> None:
        if self.policy is not None and self.options is DEFAULT_OPTIONS:  # no options were written
            object.__setattr__(self, "options", POLICIES[self.policy])

    def needs_second(self, rule: str) -> bool:
        """Whether two persons must agree on a finding of this rule."""
        if isinstance(self.second_reader, bool):
            return self.second_reader
        return rule.startswith(tuple(self.second_reader))
