"""The fast path: headers rewritten by walking the encoded bytes, splicing in only what changes.

Slices of one series are nearly the same, so the work is remembered: what the first eight bytes of an element
say (tag, VR, length) -> what to do with it; an element's bytes -> what became of them. Runs of kept elements are
copied whole. Whatever is not plain Little Endian with ascending tags is not guessed at: it raises
`NotUnderstood`, and the engine takes pydicom's way.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from guideit.deid.actions import Action
from guideit.deid.alike import END, Likenesses, Stretch, tokens_of
from guideit.deid.policy import NUMBERS
from guideit.deid.private_groups import PrivateGroups
from guideit.deid.values import PACKED, WIDTHS, Values
from guideit.deid.walk_state import FULL, REMEMBER, Blob, Change, Done, Level, Pixels, Place, Run, Step, change_of
from guideit.dicom.charsets import DEFAULT, as_written, codecs_of
from guideit.dicom.elements import MAX_DEPTH, MISPLACED, PIXELS, Head, Reader, encode, implicit_vr, item, tag_text
from guideit.dicom.part10 import LONG_VRS, SHORT_VRS, UNDEFINED
from guideit.errors import NotUnderstood

CHARSET = 0x00080005
CONTENT = 0x0040A730
KEEP, VALUE, LONG, PRIVATE, SPECIAL = range(5)
"""Kinds of steps."""
Rewritten = tuple[bytes, list[Change], Place]
"""What a stretch of elements became, what was done in it, and what is in force after it."""
Likeness = tuple[Stretch[Rewritten], ...]


class Rewriter:
    """Rewrites data sets of one participant in one encoding.

    Args:
        values: What becomes of a value.
        implicit: Implicit VR Little Endian, else Explicit.
        written: Elements that are written whatever stood there, at top level: tag -> encoded element.

    Raises:
        ValueError: One of them would stand after the pixels.
    """

    def __init__(self, values: Values, *, implicit: bool, written: Mapping[int, bytes]) -> None:
        self._values = values
        self._policy = values.policy
        self._implicit = implicit
        self._reader = Reader(implicit, self._policy.vrs)
        self._private = PrivateGroups(values, self._reader)
        self._written = sorted(written.items())
        if any(tag > min(PIXELS) for tag in written):
            raise ValueError("nothing is written after the pixels")
        self._top = Level("")
        self._alike: Likenesses[Rewritten] = Likenesses()
        self._written_tags = frozenset(written)

    def rewrite(self, data: bytes, at: int, *, size: int = 0) -> Run:
        """Rewrite the data set that begins at `at`: `out` of the result is the new one, in order.

        Args:
            data: The file, or its beginning: native pixel data at its end need not be there.
            at: Where the data set begins.
            size: Bytes of the whole file, where `data` is only its beginning.

        Raises:
            NotUnderstood: Something in it is not plain; nothing of it may be used.
        """
        end = max(size, len(data))
        for likeness in self._alike:
            run = Run(data=data, end=end, at=at)
            if self._like(run, likeness):
                self._alike.fitted(likeness)
                return run
        run = Run(data=data, end=end, at=at, inserts=self._inserts(-1, END))
        self._dataset(run, Place(self._top, DEFAULT, 0))
        self._learn_likeness(data, at, end)
        return run

    def _like(self, run: Run, likeness: Likeness) -> bool:
        """Rewrite a header that differs from earlier ones at known elements only; False where it does not."""
        data, place = run.data, Place(self._top, DEFAULT, 0)
        for stretch in likeness:
            if not stretch.stands_at(data, run.at, run.end):
                return False
            new, changes, place = stretch.made
            run.add(new)
            run.changes += changes
            run.at += stretch.size
            if stretch is not likeness[-1]:
                self._element(run, place)
        self._dataset(run, place)
        return True

    def _element(self, run: Run, place: Place) -> None:
        """One element, or one group of private ones."""
        data, at, level = run.data, run.at, place.level
        head = data[at : at + 8]
        step = level.heads.get(head) or self._learn(head, level)
        size, _, kind, change = step
        if kind not in (KEEP, VALUE):
            self._special(run, step, place)
            return
        element = data[at : at + size]
        new: bytes | None = element
        if kind == VALUE:
            new, change = level.memory(place.encodings).get(element) or self._value(element, step, place)
        run.add(element if new is None else new)
        run.changes.append(change)
        run.at = at + size

    def _learn_likeness(self, data: bytes, at: int, end: int) -> None:
        """Learn from a header that was just walked."""
        place = Place(self._top, DEFAULT, 0)

        def made(start: int, stop: int, before: int, after: int) -> Rewritten:
            nonlocal place
            run = Run(data=data, end=stop, at=start, inserts=self._inserts(before, after))
            place = self._dataset(run, place)
            return b"".join(run.out), run.changes, place

        self._alike.learn(data, tokens_of(self._reader, data, at, end, groups=True), made)

    def _inserts(self, before: int, upto: int) -> list[tuple[int, bytes]]:
        """What is written after one tag and up to another, or in its place."""
        return [one for one in self._written if before < one[0] <= upto]

    def _dataset(self, run: Run, place: Place) -> Place:
        """The walk: one look-up for an element that stays, two for one whose value is read."""
        data, level, note = run.data, place.level, run.changes.append
        heads, done = level.heads, level.memory(place.encodings)
        at, start, last, border = run.at, run.at, -1, run.border()
        while at < run.end:
            head = data[at : at + 8]
            step = heads.get(head) or self._learn(head, level)
            size, tag, kind, change = step
            if not last < tag < border:
                border = run.cross(last, tag, start, at)
                start = at
            last = tag
            if kind == KEEP:
                note(change)
            elif kind == VALUE:
                element = data[at : at + size]
                new, change = done.get(element) or self._value(element, step, place)
                note(change)
                if new is not None:
                    run.replace(start, at, new)
                    start = at + size
            else:
                run.copy(start, at)
                run.at = at
                place = self._special(run, step, place)
                done = level.memory(place.encodings)
                start, size = run.at, run.at - at
            at += size
        run.finish(start, at)
        return place

    # Learning what to do with a kind of element

    def _learn(self, head: bytes, level: Level) -> Step:
        if len(head) < 8:
            raise NotUnderstood("an element is cut off", where=level.path)
        group, element = struct.unpack_from("<HH", head)
        tag = group << 16 | element
        vr, size = self._vr_and_size(head, tag, level)
        step = self._step(tag, vr, size, level)
        if len(level.heads) > FULL:
            level.heads.clear()
        level.heads[head] = step
        return step

    def _vr_and_size(self, head: bytes, tag: int, level: Level) -> tuple[str, int]:
        """The VR, and the whole size in bytes where eight bytes tell it."""
        if self._implicit:
            length = struct.unpack_from("<I", head, 4)[0]
            return implicit_vr(self._policy.vrs.get(tag)), 0 if length == UNDEFINED else 8 + length
        vr = head[4:6]
        if vr in SHORT_VRS:
            return vr.decode(), 8 + struct.unpack_from("<H", head, 6)[0]
        if vr in LONG_VRS:
            return vr.decode(), 0
        raise NotUnderstood("no such VR", where=level.path + tag_text(tag))

    def _step(self, tag: int, vr: str, size: int, level: Level) -> Step:
        path = level.path + tag_text(tag)
        if tag >> 16 & 1:
            return size, tag, PRIVATE, (path, "private")
        if tag >> 16 in MISPLACED or size % 2:
            raise NotUnderstood("an element that cannot stand here, or of odd length", where=path)
        if tag in self._written_tags and level is self._top:
            return size, tag, SPECIAL if vr == "SQ" or not size else VALUE, (path, "attested")
        decision = self._policy.decide(tag, vr)
        change = (path, f"{decision.action.value} {decision.rule}")
        if tag == CHARSET or tag in PIXELS:
            return size, tag, SPECIAL, change
        if vr == "SQ" or not size:
            return size, tag, LONG, change
        if vr == "UN" and decision.action is not Action.REMOVE:
            raise NotUnderstood("a public element without its VR", where=path)
        kept = vr in NUMBERS and decision.action is Action.KEEP
        if kept and vr not in PACKED and (size - 8) % WIDTHS[vr] == 0:
            return size, tag, KEEP, change
        return size, tag, VALUE, change

    # Values

    def _value(self, element: bytes, step: Step, place: Place) -> Done:
        """What becomes of a short element; remembered."""
        size, tag, _, (path, attested) = step
        if len(element) != size:
            raise NotUnderstood("an element runs past the end", where=path)
        if attested == "attested":
            result: Done = (b"", (path, attested))
        else:
            vr = self._vr_of(element, tag)
            decision = self._policy.decide(tag, vr)
            outcome = self._values.apply(decision, tag, vr, element[8:], place.encodings)
            change = change_of(path, decision, outcome)
            result = (self._spliced(element, tag, vr, outcome.value), change)
        memo = place.level.memory(place.encodings)
        if len(memo) > FULL:
            memo.clear()
        if size <= REMEMBER:
            memo[element] = result
        return result

    def _vr_of(self, element: bytes, tag: int) -> str:
        return implicit_vr(self._policy.vrs.get(tag)) if self._implicit else element[4:6].decode()

    def _spliced(self, element: bytes, tag: int, vr: str, value: bytes | None) -> bytes | None:
        """The new element; None where it is the old one."""
        if value is None:
            return b""
        if value == element[8:]:
            return None
        return encode(tag, vr, value, implicit=self._implicit)

    def _charset(self, run: Run, step: Step, place: Place) -> Place:
        """Specific Character Set (PS3.3 C.12.1.1.2): what follows at this level is read with it."""
        size, _, _, (path, _) = step
        element = run.data[run.at : run.at + size]
        value = element[8:].decode("ascii", "replace").strip(" \0")
        encodings = codecs_of(value)
        if not size or encodings is None:
            raise NotUnderstood("unknown character set", where=path)
        run.add(encode(CHARSET, "CS", as_written(value), implicit=self._implicit))
        run.changes.append((path, "K character-set"))
        run.at += size
        return Place(place.level, encodings, place.depth)

    # Elements with long lengths, sequences, private groups

    def _special(self, run: Run, step: Step, place: Place) -> Place:
        """Everything but a short value; what is in force afterwards."""
        _, tag, kind, _ = step
        if tag == CHARSET:
            return self._charset(run, step, place)
        if kind == PRIVATE:
            self._private.rewrite(run, tag >> 16, place)
        else:
            self._long(run, step, place)
        return place

    def _long(self, run: Run, step: Step, place: Place) -> None:
        _, tag, _, change = step
        head = self._reader.head(run.data, run.at, run.end)
        decision = self._policy.decide(tag, head.vr)
        if tag in PIXELS:
            self._pixels(run, head, place, change)
        elif change[1] == "attested" or decision.action is Action.REMOVE:
            run.at = self._reader.past(run.data, head, run.end)
            run.changes.append(change)
        elif head.vr == "SQ":
            self._sequence(run, head, place)
        else:
            self._long_value(run, head, place)

    def _long_value(self, run: Run, head: Head, place: Place) -> None:
        """A value of VR OB, UT and the like."""
        path = place.level.path + tag_text(head.tag)
        if head.length == UNDEFINED or head.length % 2 or head.vr == "UN":
            raise NotUnderstood("a value of undefined or odd length, or without VR", where=path)
        stop = self._reader.past(run.data, head, run.end)
        decision = self._policy.decide(head.tag, head.vr)
        value = run.data[head.value_at : stop]
        outcome = self._values.apply(decision, head.tag, head.vr, value, place.encodings)
        if outcome.value is not None:
            run.add(encode(head.tag, head.vr, outcome.value, implicit=self._implicit))
        run.changes.append(change_of(path, decision, outcome))
        run.at = stop

    def _sequence(self, run: Run, head: Head, place: Place) -> None:
        """A sequence: emptied, or each item cleaned; written with defined lengths. Whole ones are remembered."""
        path = place.level.path + tag_text(head.tag)
        if place.depth >= MAX_DEPTH:
            raise NotUnderstood(f"nested deeper than {MAX_DEPTH} levels", where=path)
        if head.tag == CONTENT:
            raise NotUnderstood("content items need more than a walk", where=path)
        stop = self._reader.past(run.data, head, run.end)
        blobs = place.level.blobs.setdefault(place.encodings, {})
        whole = run.data[run.at : stop]
        found = blobs.get(whole)
        if found is None:
            last = stop - 8 if head.length == UNDEFINED else stop
            found = self._items(Run(data=run.data, end=last, at=head.value_at), head.tag, place)
            if len(whole) <= REMEMBER and len(blobs) < FULL:
                blobs[whole] = found
        run.add(found[0])
        run.changes.extend(found[1])
        run.at = stop

    def _items(self, run: Run, tag: int, place: Place) -> Blob:
        """The items of a sequence in `run`, cleaned."""
        decision = self._policy.decide(tag, "SQ")
        run.changes.append((place.level.path + tag_text(tag), f"{decision.action.value} {decision.rule}"))
        if decision.action is Action.ZERO:
            return encode(tag, "SQ", b"", implicit=self._implicit), run.changes
        below = Place(place.level.of(tag), place.encodings, place.depth + 1)
        bodies = []
        while run.at < run.end:
            start, stop, run.at = self._reader.item(run.data, run.at, run.end)
            inner = Run(data=run.data, end=stop, at=start)
            self._dataset(inner, below)
            bodies.append(item(b"".join(inner.out)))
            run.changes.extend(inner.changes)
        return encode(tag, "SQ", b"".join(bodies), implicit=self._implicit), run.changes

    def _pixels(self, run: Run, head: Head, place: Place, change: Change) -> None:
        """Pixel data, handed through as a view for the engine to check."""
        if place.depth or run.pixels is not None:
            raise NotUnderstood("pixel data inside a sequence, or twice", where=change[0])
        encapsulated = head.length == UNDEFINED
        stop = run.end_of_fragments(head.value_at) if encapsulated else self._reader.past(run.data, head, run.end)
        run.out.append(run.data[run.at : head.value_at])
        read = stop <= len(run.data)
        if not read and (encapsulated or stop != run.end):
            raise NotUnderstood("more than pixels lies beyond what was read")
        run.pixels = Pixels(len(run.out), encapsulated, head.value_at, stop - head.value_at, read)
        run.out.append(memoryview(run.data)[head.value_at : stop] if read else b"")
        run.changes.append(change)
        run.at = stop
