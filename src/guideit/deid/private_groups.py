"""Private elements on the fast path: read by whole groups, since an element means what its creator says (PS3.5 7.8)."""

from __future__ import annotations

import struct

from guideit.deid.values import Values
from guideit.deid.walk_state import FULL, Place, Run, change_of
from guideit.dicom.elements import Head, Reader, encode, tag_text
from guideit.dicom.part10 import UNDEFINED


class PrivateGroups:
    """Keeps what the policy lists, and the creators of what it keeps."""

    def __init__(self, values: Values, reader: Reader) -> None:
        self._values = values
        self._policy = values.policy
        self._reader = reader
        self._removed: dict[tuple[bytes, str], int] = {}
        """Size of an element that no rule keeps, by its first eight bytes and its creator."""

    def rewrite(self, run: Run, group: int, place: Place) -> None:
        """Read the elements of `group` from `run`, write those that stay after their creators."""
        data, mark = run.data, struct.pack("<H", group)
        creators: dict[int, str] = {}
        kept: list[tuple[int, bytes]] = []
        elements = 0
        while run.at < run.end and data[run.at : run.at + 2] == mark:
            head = data[run.at : run.at + 8]
            size = self._removed.get((head, creators.get(head[3], ""))) if len(head) == 8 else None
            run.at += size if size is not None else self._element(run, place, creators, kept)
            elements += 1
        self._write(run, group, creators, kept)
        if elements > len(kept) + len(creators):
            run.changes.append((f"{place.level.path}({group:04X},xxxx)", "X private"))

    def _element(self, run: Run, place: Place, creators: dict[int, str], kept: list[tuple[int, bytes]]) -> int:
        """Look at one element closely; its whole size."""
        head = self._reader.head(run.data, run.at, run.end)
        stop = self._reader.past(run.data, head, run.end)
        value, element = run.data[head.value_at : stop], head.tag & 0xFFFF
        if 0x10 <= element <= 0xFF:
            creators[element] = value.decode("latin-1").strip(" \0")
        elif new := self._kept(run, head, value, creators, place):
            kept.append((element, new))
        else:
            self._remember(run, head, stop, creators.get(element >> 8, ""))
        return stop - run.at

    def _remember(self, run: Run, head: Head, stop: int, creator: str) -> None:
        """An element whose size its first eight bytes tell, and that goes whatever its value."""
        told = head.value_at - run.at == 8 and head.length != UNDEFINED
        if told and self._policy.private_vr(head.tag >> 16, head.tag & 0xFF, creator) is None:
            if len(self._removed) > FULL:
                self._removed.clear()
            self._removed[run.data[run.at : run.at + 8], creator] = stop - run.at

    def _kept(self, run: Run, head: Head, value: bytes, creators: dict[int, str], place: Place) -> bytes | None:
        """The new element where a rule lets it stay."""
        group, element = head.tag >> 16, head.tag & 0xFFFF
        creator, low = creators.get(element >> 8, ""), element & 0xFF
        decision = self._policy.decide_private(group, low, creator, head.vr)
        listed = self._policy.private_vr(group, low, creator)
        if listed is None or listed == "SQ" or head.length == UNDEFINED:
            return None
        outcome = self._values.apply(decision, head.tag, listed, value, place.encodings)
        run.changes.append(change_of(place.level.path + tag_text(head.tag), decision, outcome))
        if outcome.value is None:
            return None
        return encode(head.tag, listed, outcome.value, implicit=self._reader.implicit)

    def _write(self, run: Run, group: int, creators: dict[int, str], kept: list[tuple[int, bytes]]) -> None:
        for block in sorted({element >> 8 for element, _ in kept}):
            name = creators[block].encode("latin-1")
            tag = group << 16 | block
            run.add(encode(tag, "LO", name + b" " * (len(name) % 2), implicit=self._reader.implicit))
        for _, element in kept:
            run.add(element)
