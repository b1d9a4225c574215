"""Whose data is being cleaned, and what comes out: the types that make the direction unavoidable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guideit.trial.finding import Finding


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Identifier:
    """One known identifier of a participant, as it stood in a header or a table (private side only).

    Attributes:
        kind: `name`, `id`, `date`, `phone`, `mail`, `address`, `institution`, `uid`, `text`, or `refused`: a word
            that a person had taken out of free text.
        text: The value, decoded, as written.
    """

    kind: str
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A participant as the engine sees one.

    Attributes:
        source_id: Patient ID (0010,0020) in the source.
        pseudonym: What the release calls them.
        shift_days: Days added to every date, negative.
        identifiers: Every known identifier, from headers, tables and crosswalk.
        site, arm: Written to the Clinical Trial attributes where the trial says so.
    """

    source_id: str = field(repr=False)
    pseudonym: str
    shift_days: int
    identifiers: frozenset[Identifier] = field(repr=False, default=frozenset())
    site: str = ""
    arm: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRange:
    """Bytes handed through untouched: `length` bytes at `offset` of the source file."""

    path: Path
    offset: int
    length: int


Piece = bytes | memoryview | FileRange


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanInstance:
    """A de-identified instance. Only `deid` builds one; `storage` seals nothing else.

    Attributes:
        pieces: The new Part 10 file, in order.
        study, series, instance: The released UIDs.
        changes: What was done, one `(tag path, rule id)` for each element; never a value.
        header: The released header as index columns (see `guideit.dicom.index`).
        frames: Offset and length of each frame's bytes in the file; empty where they cannot be told.
        doubtful: What somebody must look at in texts that stay: tag path, rule, text as it would be released.
    """

    pieces: Sequence[Piece]
    study: str
    series: str
    instance: str
    changes: Sequence[tuple[str, str]]
    header: Mapping[str, object]
    frames: Sequence[tuple[int, int]] = ()
    doubtful: Sequence[tuple[str, str, str]] = field(repr=False, default=())

    @property
    def in_memory(self) -> int:
        """How many of its bytes are in memory."""
        return sum(len(piece) for piece in self.pieces if not isinstance(piece, FileRange))


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """An instance that stays in quarantine, and why."""

    findings: tuple[Finding, ...]
