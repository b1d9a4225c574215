"""One element's value: what an action makes of it. Both readers of files, the fast one and pydicom's, end here."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from guideit.deid.actions import Action, Decision, Outcome
from guideit.deid.dates import is_da, is_dt, is_tm, shift_da, shift_dt
from guideit.deid.free_text.recogniser import open_recogniser
from guideit.deid.keys import Keys
from guideit.deid.known import KnownIdentifiers
from guideit.deid.policy import BULK, NUMBERS, Policy
from guideit.deid.subject import Identifier, Subject
from guideit.deid.text import Cleaned, TextCleaner, together
from guideit.deid.vocabulary import fold, vocabulary
from guideit.dicom.charsets import decode, encode
from guideit.dicom.dictionary import TAGS, UIDS
from guideit.trial.deidentification import FreeText, Option

CHARSET_VRS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN"})
PROSE = frozenset({"ST", "LT", "UT", "UC"})
"""Texts of sentences (PS3.5 6.2): comments and reports."""
SINGLE_VALUED = frozenset({"ST", "LT", "UT", "UR"})
_NUMBER = {
    "IS": re.compile(r" *[+-]?\d{1,12} *"),
    "DS": re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})? *"),
}
WIDTHS = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8, "UV": 8, "SV": 8}
"""Bytes of one number (PS3.5 6.2)."""
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{0,16}")
_AGE = re.compile(r"(\d{3})([DWMY])")
_CODE_VALUE = re.compile(r"[A-Z]{0,3}-?[0-9A-F]{1,6}(?:[.-][0-9A-F]{1,4})?|\d{6,18}|[\[\]{}A-Za-z%/.*0-9^-]{1,10}")
_CODES = frozenset({0x00080100, 0x00080119, 0x00080101})
_VERBATIM = frozenset({0x00080005, 0x00080102, 0x00080103})  # character set and coding schemes, checked by form
_VERBATIM_FORM = re.compile(r"[A-Za-z0-9_ .:\\-]{0,64}")
_VERSION, _VERSION_FORM = 0x00080103, re.compile(r"(?!.*[A-Za-z]{5})[A-Za-z0-9_ .:-]{0,16}")
"""Coding Scheme Version (0008,0103): numbers and days, `2014_0914`, `v1.2 beta`; a longer run of letters is a name."""
_DUMMIES = {
    "AE": b"REMOVED ", "AS": b"000Y", "CS": b"REMOVED ", "DA": b"19000101", "DS": b"0 ", "DT": b"19000101000000",
    "FD": bytes(8), "FL": bytes(4), "IS": b"0 ", "LO": b"REMOVED ", "LT": b"REMOVED ", "PN": b"REMOVED ",
    "SH": b"REMOVED ", "SL": bytes(4), "SS": bytes(2), "ST": b"REMOVED ", "TM": b"000000", "UC": b"REMOVED ",
    "UL": bytes(4), "UR": b"urn:removed ", "US": bytes(2), "UT": b"REMOVED ", "UV": bytes(8), "SV": bytes(8),
    "AT": bytes(4), "OB": bytes(2), "OW": bytes(2), "OF": bytes(4), "OD": bytes(8), "OL": bytes(4), "OV": bytes(8),
    "UN": bytes(2),
}  # fmt: skip
"""Dummies of the shape each VR asks for (PS3.5 Table 6.2-1), even in length."""

PACKED = {"UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
"""Numbers wide enough to be somebody's, as `struct` reads them."""
_IDENTIFYING_DIGITS, _LONGEST = 6, 24
"""A whole number of fewer digits is one of many, whoever's it is; one of more is nobody's."""
_KEPT_KINDS = {
    Option.RETAIN_INSTITUTION_IDENTITY: frozenset({"institution"}),
    Option.RETAIN_DEVICE_IDENTITY: frozenset({"device"}),
    Option.RETAIN_UIDS: frozenset({"uid"}),
}


TYPE_1 = frozenset(
    TAGS[keyword]
    for keyword in (
        "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "CodeMeaning",
        "ContentLabel", "SegmentLabel", "SegmentAlgorithmName", "TextValue", "UnformattedTextValue",
        "Date", "Time", "DateTime", "GraphicLayer",
        "ROIObservationLabel", "TrackingID",
    )
)  # fmt: skip
"""What an IOD may ask to have a value (PS3.3): a text of which nothing may stay becomes a dummy, and so do the days
and times of content items."""


def searched(policy: Policy, identifiers: frozenset[Identifier]) -> KnownIdentifiers:
    """What is searched for under a policy: not what an option asks to retain."""
    kept = {kind for option, kinds in _KEPT_KINDS.items() if option in policy.settings.options for kind in kinds}
    return KnownIdentifiers(i for i in identifiers if i.kind not in kept)


def text_cleaner(policy: Policy, known: KnownIdentifiers, shift: int | None) -> TextCleaner:
    """The cleaner of texts that a policy asks for.

    Raises:
        DetectorMissing: The recogniser it names is not installed.
    """
    settings = policy.settings
    return TextCleaner(
        known=known,
        shift=shift,
        words=frozenset(fold(word) for word in settings.keep_words),
        oldest_age=settings.oldest_age,
        recogniser=open_recogniser(settings.recogniser) if settings.recogniser else None,
    )


class Values:
    """Applies decisions to one participant's values. Pure: the same arguments always give the same outcome."""

    def __init__(self, policy: Policy, keys: Keys, subject: Subject) -> None:
        self.policy = policy
        self.known = searched(policy, subject.identifiers)
        self._keys = keys
        self._days = {"shift": subject.shift_days, "keep": 0, "remove": None}[policy.dates]
        self._text = text_cleaner(policy, self.known, self._days)
        self._redacts = policy.settings.free_text is FreeText.REDACT
        self.doubted = False
        """Whether anything doubtful was met so far."""

    def apply(self, decision: Decision, tag: int, vr: str, value: bytes, encodings: tuple[str, ...]) -> Outcome:
        """What becomes of a value.

        Args:
            decision: What the policy says.
            tag: The element's tag.
            vr: Its VR, never SQ.
            value: Its bytes, little endian.
            encodings: Python codecs of the Specific Character Set in force.
        """
        action, rule = decision
        if action is Action.REMOVE:
            return Outcome(None, rule)
        if action is Action.ZERO:
            return Outcome(b"", rule)
        if action is Action.DUMMY and vr != "UI":
            return Outcome(self.blank(tag, vr), rule)
        if not value:
            return Outcome(value, rule)
        return self._cleaned(decision, tag, vr, value, encodings)

    @staticmethod
    def blank(tag: int, vr: str) -> bytes:
        """A dummy of the VR's form."""
        return _DUMMIES[vr]

    def _cleaned(self, decision: Decision, tag: int, vr: str, value: bytes, encodings: tuple[str, ...]) -> Outcome:
        action, rule = decision
        if vr in BULK:
            return self._bulk(action, rule, value)
        if vr in NUMBERS:
            return self._numbers(action, rule, vr, value)
        if vr == "UI":
            return self._uids(action, rule, value)
        text = decoded(value, vr, encodings)
        if text is None:
            return Outcome(b"", f"{rule}:undecodable")
        cleaned = self._cleaner(action, tag, vr)(text)
        self.doubted = self.doubted or bool(cleaned.doubtful)
        effect = f"{rule}:{cleaned.effects}" if cleaned.effect != "kept" else rule
        if cleaned.text == text:
            return Outcome(value, effect, cleaned.doubts)
        if not cleaned.text.strip(" \\") and tag in TYPE_1:
            return Outcome(self.blank(tag, vr), effect)
        return Outcome(_encoded(cleaned.text, vr, encodings), effect, cleaned.doubts)

    def _numbers(self, action: Action, rule: str, vr: str, value: bytes) -> Outcome:
        """Numbers are kept as decided or go, as what is somebody's number does; cut off ones are none."""
        if action is not Action.KEEP:
            return Outcome(None, f"{rule}:not-text")
        if len(value) % WIDTHS[vr]:
            return Outcome(b"", f"{rule}:invalid")
        numbers = struct.iter_unpack(f"<{PACKED[vr]}", value) if vr in PACKED else ()
        known = any(self.known.contains(digits) for (number,) in numbers if (digits := _whole_number(number)))
        return Outcome(b"", f"{rule}:known") if known else Outcome(value, rule)

    def _bulk(self, action: Action, rule: str, value: bytes) -> Outcome:
        """Bits that no rule can read are kept as decided or go; cleaning them is not possible here."""
        return Outcome(value, rule) if action is Action.KEEP else Outcome(None, f"{rule}:not-text")

    def _uids(self, action: Action, rule: str, value: bytes) -> Outcome:
        uids = [u.strip("\0 ") for u in value.decode("latin-1").split("\\")]
        if action is Action.KEEP and all(_is_uid(uid) and not self.known.contains(uid) for uid in uids):
            return Outcome(value, rule)
        mapped = [self.map_uid(uid) for uid in uids]
        if mapped == uids:
            return Outcome(value, rule)
        return Outcome(_even("\\".join(mapped).encode("ascii"), b"\0"), f"{rule}:mapped")

    def map_uid(self, uid: str) -> str:
        """A UID of the standard stays; every other one, valid or not, is mapped."""
        if not uid or uid in UIDS:
            return uid
        return self._keys.uid(uid)

    def _cleaner(self, action: Action, tag: int, vr: str) -> Callable[[str], Cleaned]:
        special = {
            "DA": lambda text: self._date(text, shift_da, is_da),
            "DT": lambda text: self._date(text, shift_dt, is_dt),
            "TM": self._time,
            "DS": lambda text: self._number("DS", text),
            "IS": lambda text: self._number("IS", text),
            "AS": self._age,
        }
        if vr in special:
            return special[vr]
        if tag in _CODES:
            return lambda text: self._each(text, self._code)
        if tag in _VERBATIM:
            return self._version if tag == _VERSION else self._verbatim
        redacts = action is Action.KEEP or (self._redacts and vr in PROSE)
        one = self._text.redact if redacts else self._text.describe
        if vr == "CS":
            return lambda text: self._each(text, self._code_string)
        return one if vr in SINGLE_VALUED else lambda text: self._each(text, one)

    def _each(self, text: str, clean: Callable[[str], Cleaned]) -> Cleaned:
        """Clean each value of a multi-valued text."""
        if "\\" not in text:
            return clean(text)
        return together([clean(part) for part in text.split("\\")], "\\")

    def _date(self, text: str, shift: Callable[[str, int], str | None], holds: Callable[[str], bool]) -> Cleaned:
        """Each date moved; one that is none makes the whole value empty."""
        parts = [part.strip("\0 ") for part in text.split("\\")]
        if not all(not part or holds(part) for part in parts):
            return Cleaned(text="", effect="invalid")
        if self._days is None:
            return Cleaned(text="", effect="date")
        if self._days == 0:
            return Cleaned(text=text, effect="kept")
        moved = [shift(part, self._days) if part else "" for part in parts]
        if None in moved:
            return Cleaned(text="", effect="invalid")
        return Cleaned(text="\\".join(part or "" for part in moved), effect="shifted")

    def _time(self, text: str) -> Cleaned:
        parts = [part.strip("\0 ") for part in text.split("\\")]
        if all(not part or is_tm(part) for part in parts):
            return Cleaned(text=text, effect="kept") if self._days is not None else Cleaned(text="", effect="date")
        return Cleaned(text="", effect="invalid")

    def _number(self, vr: str, text: str) -> Cleaned:
        values = text.rstrip("\0").split("\\")
        if any(self.known.contains(digits) for v in values if (digits := _whole_number(v))):
            return Cleaned(text="", effect="known")
        if all(not v.strip() or _NUMBER[vr].fullmatch(v) for v in values):
            return Cleaned(text=text, effect="kept")
        return Cleaned(text="", effect="invalid")

    def _age(self, text: str) -> Cleaned:
        found = _AGE.fullmatch(text.strip("\0 "))
        if not found:
            return Cleaned(text="", effect="invalid")
        oldest = self.policy.settings.oldest_age
        if found[2] == "Y" and int(found[1]) > oldest:
            return Cleaned(text=f"{oldest:03d}Y", effect="capped")
        return Cleaned(text=text, effect="kept")

    def _code_string(self, text: str) -> Cleaned:
        """A code string of legal form and known words; anything else is no code, whatever its VR says."""
        stripped = text.strip(" \0")
        if not _CODE_STRING.fullmatch(stripped):
            return Cleaned(text="", effect="invalid")
        whole = fold(stripped) in vocabulary() and not self.known.contains(stripped)  # SCOORD3D is one word
        if not whole and self._text.describe(stripped).text != stripped:
            return Cleaned(text="", effect="word")
        return Cleaned(text=text, effect="kept")

    def _code(self, text: str) -> Cleaned:
        stripped = text.strip(" \0")
        if not _CODE_VALUE.fullmatch(stripped) or self.known.contains(stripped):
            return Cleaned(text="REMOVED", effect="invalid")
        return Cleaned(text=text, effect="kept")

    def _verbatim(self, text: str) -> Cleaned:
        return self._verbatim_as(_VERBATIM_FORM, text)

    def _version(self, text: str) -> Cleaned:
        return self._verbatim_as(_VERSION_FORM, text)

    def _verbatim_as(self, form: re.Pattern[str], text: str) -> Cleaned:
        if not form.fullmatch(text.strip("\0 ")) or self.known.contains(text):
            return Cleaned(text="", effect="invalid")
        return Cleaned(text=text, effect="kept")


def _whole_number(number: str | float) -> str:
    """The digits of a number that may be somebody's; empty for measured ones, which have decimals or are short."""
    try:
        value = Decimal(number)
    except InvalidOperation:
        return ""  # no number: its form is judged elsewhere
    if not value.is_finite() or not _IDENTIFYING_DIGITS <= value.adjusted() + 1 <= _LONGEST or value % 1:
        return ""
    return str(abs(int(value)))


def _is_uid(uid: str) -> bool:
    """PS3.5 9.1: at most 64 characters, components without leading zeros."""
    return (len(uid) <= 64 and bool(re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+", uid))) or uid == ""


def decoded(value: bytes, vr: str, encodings: Sequence[str]) -> str | None:
    """The text of a value without its padding; None where it cannot be read."""
    raw = value.rstrip(b"\0")
    if vr not in CHARSET_VRS:
        return raw.decode("ascii") if raw.isascii() else None
    try:
        text = decode(raw, encodings)
    except (UnicodeDecodeError, LookupError):
        return None  # not understood: the caller empties it
    return None if "\ufffd" in text or "\x1b" in text else text  # an escape that announces nothing hides what follows


def _encoded(text: str, vr: str, encodings: Sequence[str]) -> bytes:
    """Bytes of a text in the file's character set, padded to even length; empty where it cannot be written."""
    if vr not in CHARSET_VRS:
        return _even(text.encode("ascii", "ignore"), b" ")
    try:
        raw = encode(text, encodings)
    except (UnicodeEncodeError, LookupError):
        return b""
    return _even(raw, b" ")


def _even(raw: bytes, pad: bytes) -> bytes:
    return raw + pad if len(raw) % 2 else raw
