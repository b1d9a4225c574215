"""The engine: one instance in, a clean one out, or held back with a reason.

Plain files take the fast path (`rewrite`), all others pydicom's (`oracle`). Whichever made it, the new header
passes one more gate: no known identifier may stand in its bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from guideit.deid.attest import ClinicalTrial, attest
from guideit.deid.keys import Keys
from guideit.deid.pixel_bytes import compressed, expected_length, native
from guideit.deid.policy import Policy
from guideit.deid.rewrite import Rewriter
from guideit.deid.subject import CleanInstance, FileRange, Held, Piece, Subject
from guideit.deid.survey import EVERY, Survey, survey_dataset
from guideit.deid.values import Values
from guideit.deid.walk_state import Doubted, Run
from guideit.deid.written import encoded, file_meta
from guideit.dicom.frames import encapsulated_frames, native_frames
from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, Framing, frame, inflated
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import Option
from guideit.trial.finding import Finding, Severity

_HEAD = 1 << 16
HEADER = 1 << 14
"""Bytes read first: most headers end before; longer ones cost a second reading."""
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."

Pieces = Callable[[Run, Survey, Framing], tuple[bytes, list[Piece]]]
"""The data set as it is written: up to the pixels, then these, checked, and what follows."""


class Engine:
    """Cleans one participant's instances under one policy and key.

    Args:
        policy: What happens to each attribute.
        keys: UIDs come from these.
        subject: Whose instances these are.
        trial: Written to the Clinical Trial attributes, if given.
        shown: Pixel options whose effect was shown on these instances.
        wanted: Tags that a clean instance's header tells of.
    """

    def __init__(
        self,
        policy: Policy,
        keys: Keys,
        subject: Subject,
        *,
        trial: ClinicalTrial | None = None,
        shown: frozenset[Option] = frozenset(),
        wanted: frozenset[int] = EVERY,
    ) -> None:
        self._wanted = wanted
        self.values = Values(policy, keys, subject)
        self._attested = attest(policy, subject, trial=trial, shown=shown)
        self._rewriters = {
            implicit: Rewriter(
                self.values,
                implicit=implicit,
                written={a.tag: encoded(a, implicit=implicit) for a in self._attested},
            )
            for implicit in (False, True)
        }

    def clean(self, data: bytes, *, place: str = "") -> CleanInstance | Held:
        """Clean one file.

        Args:
            data: Its bytes, or a map of them.
            place: How findings name it; never a source value.
        """
        try:
            framing = frame(data[:_HEAD])
            if framing.sop_class.startswith(_DOCUMENTS):
                return _held("deid.encapsulated-document", place, "an encapsulated document is not passed on")
            framing, run = self._rewritten(data, framing)
            return self._checked(run, framing, place, self._pieces)
        except NotUnderstood as reason:
            says = f"not understood: {reason.what}" + (f" ({reason.why})" if reason.why else "")
            return _held("deid.not-understood", place, says)

    def clean_file(self, path: Path, *, place: str = "") -> CleanInstance | Held:
        """Clean one file without reading its pixels: they are handed on as a `FileRange`.

        Only plain files with native pixels at their end go this way; all others are read whole.
        """
        size, head = read_head(path)
        if size > len(head):
            try:
                return self._clean_head(path, head, size, place)
            except NotUnderstood:
                head = path.read_bytes()  # not that plain: now with everything there is
        return self.clean(head, place=place)

    def _clean_head(self, path: Path, head: bytes, size: int, place: str) -> CleanInstance | Held:
        framing = frame(head)
        if framing.syntax not in (EXPLICIT, IMPLICIT):
            raise NotUnderstood("no native pixels")
        run = self._rewriters[framing.implicit].rewrite(head, framing.offset, size=size)

        def pieces(run: Run, new: Survey, _: Framing) -> tuple[bytes, list[Piece]]:
            pixels = run.pixels
            if pixels is None or pixels.read or pixels.length != expected_length(new.header):
                raise NotUnderstood("something stands after the pixels")
            ranged = FileRange(path=path, offset=pixels.offset, length=pixels.length)
            return b"".join(run.out[: pixels.index]), [ranged]

        return self._checked(run, framing, place, pieces)

    def _checked(self, run: Run, framing: Framing, place: str, pieces: Pieces) -> CleanInstance | Held:
        """The new instance, once its header has passed the last gate."""
        header = run.header()
        if self.values.known.residue(header):
            return _held("deid.residue", place, "a known identifier stood in the cleaned header")
        new = survey_dataset(header, replace(framing, offset=0), self._wanted)
        if not (new.sop and new.study and new.series):
            return _held("deid.no-uid", place, "the instance, its series or its study has no UID")
        meta = file_meta(new.sop_class, new.sop, framing.syntax)
        head, rest = pieces(run, new, framing)
        return CleanInstance(
            pieces=[meta, head, *rest],
            study=new.study,
            series=new.series,
            instance=new.sop,
            changes=run.changes,
            header={"TransferSyntaxUID": framing.syntax, **new.header},
            frames=_frames(run, new.header, len(meta) + len(head)),
            doubtful=_doubtful(run) if self.values.doubted else (),
        )

    def _rewritten(self, data: bytes, framing: Framing) -> tuple[Framing, Run]:
        """The new data set, by the fast path or by pydicom's."""
        if framing.syntax == DEFLATED:
            data, framing = inflated(data, framing)
        if framing.syntax != BIG_ENDIAN:
            try:
                return framing, self._rewriters[framing.implicit].rewrite(data, framing.offset)
            except NotUnderstood:
                pass  # not plain: pydicom reads more than the walk does, and refuses what it cannot
        from guideit.deid.oracle import rewrite_dataset  # imports pydicom, which plain files do not need

        return rewrite_dataset(data, framing, self.values, self._attested)

    def _pieces(self, run: Run, new: Survey, framing: Framing) -> tuple[bytes, list[Piece]]:
        if run.pixels is None:
            return run.header(), []
        index = run.pixels.index
        view = memoryview(run.out[index])
        checked = compressed(view, framing.syntax) if run.pixels.encapsulated else native(view, new.header)
        return b"".join(run.out[:index]), [*checked, b"".join(run.out[index + 1 :])]


def _doubtful(run: Run) -> list[tuple[str, str, str]]:
    """Tag path, rule and text of what is doubtful in the texts that stay."""
    doubted = (change for change in run.changes if isinstance(change, Doubted))
    return [(change[0], rule, text) for change in doubted for rule, text in change.doubtful]


def _frames(run: Run, header: Mapping[str, object], start: int) -> list[tuple[int, int]]:
    """Where each frame lies in the new file, whose pixel data begin at `start`."""
    if run.pixels is None:
        return []
    stated = header.get("NumberOfFrames")
    count = stated if isinstance(stated, int) and stated > 0 else 1
    if run.pixels.encapsulated:
        spans = encapsulated_frames(memoryview(run.out[run.pixels.index]), count)
    else:
        spans = native_frames(expected_length(header) or 0, count)
    return [(start + offset, length) for offset, length in spans]


def read_head(path: Path) -> tuple[int, bytes]:
    """A file's size, and its first bytes; without the buffers and objects that `open` makes."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.fstat(handle).st_size, os.read(handle, HEADER)
    finally:
        os.close(handle)


def _held(rule: str, place: str, says: str) -> Held:
    return Held(findings=(Finding(rule=rule, severity=Severity.BLOCK, place=place, says=says),))
