"""Text that a second reader sees in a released series, and what it means."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field

from guideit.errors import DetectorMissing
from guideit.quality.frames import frames
from guideit.quality.inputs import SeriesTask, Verdict
from guideit.quality.needles import plain
from guideit.quality.reading import Opened
from guideit.quality.second_reader import Reader, Word, need_reader
from guideit.quality.views import Stack

SURE, SURE_OF_SHORT, GUESSED = 70.0, 90.0, 30.0
"""How sure the reader must be of a word, of one of three characters, and of a name that is known anyway. Measured on
clean CT, MR and PET, where texture is read as short words with less (docs/verification.md)."""
LONG, KNOWN, NEAR = 3, 5, 7
"""Letters and digits that a word has at least, a name that is known, and one of which a character may be wrong."""
_MARKS = frozenset({"left", "right", "ant", "post", "sup", "inf", "head", "feet", "foot", "anterior", "posterior"})
"""Words that say where a picture's sides lie."""
_SCALE = re.compile(r"\d{1,3}([.,]\d)?(mm|cm)?")
_ALIKE = str.maketrans("oqiljsbzg", "001115826")
"""Letters that a reader takes for digits."""


class SeenText:
    """A series being read for text: stacks of what belongs together are looked at when they are whole."""

    def __init__(self, task: SeriesTask, verdict: Verdict) -> None:
        self._task, self._verdict = task, verdict
        self._known = _Known(task.person.identifiers) if task.person else None
        self._volume: dict[tuple[int, ...], Stack] = {}
        self._reader: Reader | None = None
        if task.reads_text:
            self._find()

    def _find(self) -> None:
        try:
            self._reader = need_reader()
            self._verdict.readers.add(self._reader.name)
        except DetectorMissing as missing:
            self._verdict.fail("pixels-text", self._task.place, missing.what, missing.do)

    def look(self, released: Opened, place: str) -> None:
        """One object: slices of a volume are put by, everything else is read at once."""
        if self._reader is None or released.pixels is None:
            return
        own = Stack()
        try:
            volume = (
                "ImagePositionPatient" in released.dataset and int(released.dataset.get("NumberOfFrames") or 1) == 1
            )
            for frame in frames(released):
                stack = self._volume.setdefault(frame.values.shape, Stack()) if volume else own
                stack.add(frame)
        except Exception:  # noqa: BLE001 what cannot be decoded cannot be read: that is a failure, not a pass
            self._verdict.fail("pixels-text", place, "pixels cannot be decoded, so nobody knows what stands in them")
        self._read(own, place)

    def conclude(self) -> None:
        """After the last object."""
        for stack in self._volume.values():
            self._read(stack, self._task.place)

    def _read(self, stack: Stack, place: str) -> None:
        words: list[tuple[str, Word]] = []
        for what, image in stack.images():
            self._verdict.count("images-read")
            try:
                words += [(what, word) for word in self._reader.words(image)] if self._reader else []
            except (OSError, subprocess.SubprocessError, ValueError):
                self._verdict.fail("pixels-text", place, "the second reader did not read the pixels")
        self._judge(words, place)

    def _judge(self, words: list[tuple[str, Word]], place: str) -> None:
        """A name that is known is a failure, any other word a doubt."""
        if self._known and any(self._known.named_by(word.text) for _, word in words if word.sure >= GUESSED):
            self._verdict.fail("pixels-text", place, "what names the participant stands in the pixels")
        told = {_form(word.text): what for what, word in words if tells(word)}
        self._verdict.count("words-seen", len(told))
        if told:
            where = ", ".join(sorted(set(told.values())))
            number = "one word" if len(told) == 1 else f"{len(told)} words"
            self._verdict.warn("text-doubt", place, f"a second reader sees text ({number}) in {where}")


def tells(word: Word) -> bool:
    """Whether it is a word that may say something of a person: no mark of a side or a scale, no repeated letter."""
    text = "".join(c for c in plain(word.text) if c.isalnum())
    if word.sure < (SURE if len(text) > LONG else SURE_OF_SHORT) or len(text) < LONG or len(set(text)) == 1:
        return False
    return text not in _MARKS and not _SCALE.fullmatch(plain(word.text))


@dataclass
class _Known:
    """What names a participant, as a reader may misread it."""

    identifiers: Iterable[tuple[str, str]]
    _forms: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        parts = (part for kind, text in self.identifiers for part in _parts(kind, text))
        self._forms = frozenset(form for part in parts if len(form := _form(part)) >= KNOWN)

    def named_by(self, text: str) -> bool:
        """Whether a word that was read is one of them, long ones but for one character."""
        form = _form(text)
        return form in self._forms or any(_near(form, known) for known in self._forms if len(known) >= NEAR)


def _parts(kind: str, text: str) -> list[str]:
    if kind == "name":
        return re.split(r"[\s^=,;]+", text)
    digits = re.sub(r"\D", "", text)
    if kind == "date" and len(digits) >= 8:
        year, month, day = digits[:4], digits[4:6], digits[6:8]
        return [year + month + day, day + month + year, month + day + year]
    return [] if kind == "uid" else [text]


def _form(text: str) -> str:
    return "".join(c for c in plain(text) if c.isalnum()).translate(_ALIKE)


def _near(one: str, other: str) -> bool:
    """Whether one character was added, lost or changed."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]
