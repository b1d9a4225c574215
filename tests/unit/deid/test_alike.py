"""Comparing a header with earlier ones gives what walking it gives, whatever came before."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guideit.deid.attest import attest
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.rewrite import Rewriter
from guideit.deid.subject import Identifier, Subject
from guideit.deid.survey import EVERY, _Walker
from guideit.deid.values import Values
from guideit.deid.written import encoded
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option

BOUNDED = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
NAME = "Weberknecht^Adalbert"
SUBJECT = Subject(
    source_id="QX4821775",
    pseudonym="P-1",
    shift_days=-100,
    identifiers=frozenset({Identifier(kind="name", text=NAME), Identifier(kind="id", text="QX4821775")}),
)
POLICY = load_policy(
    DeidSettings(options=frozenset({Option.CLEAN_DESCRIPTORS, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES}))
)
VALUES = Values(POLICY, Keys(b"x" * 32, "t"), SUBJECT)
WRITTEN = {a.tag: encoded(a, implicit=False) for a in attest(POLICY, SUBJECT, trial=None, shown=frozenset())}

# An element as data: tag, VR, value; sequences and private elements come encoded
Element = tuple[int, str, bytes]
LONG = {"SQ", "OW", "OB", "UN", "UT"}


def item(*elements: Element) -> bytes:
    body = b"".join(encode(one) for one in elements)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body


def encode(one: Element) -> bytes:
    tag, vr, value = one
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return (
        head + struct.pack("<HI" if vr in LONG else "<H", *((0, len(value)) if vr in LONG else (len(value),))) + value
    )


BASE: dict[int, Element] = {
    tag: (tag, vr, value)
    for tag, vr, value in (
        (0x00080005, "CS", b"ISO_IR 100"),
        (0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        (0x00080018, "UI", b"1.2.3.10"),
        (0x00080020, "DA", b"20200131"),
        (0x00080060, "CS", b"CT"),
        (0x0008103E, "LO", b"Abdomen venous"),
        (0x00081140, "SQ", item((0x00081155, "UI", b"1.2.3.90"))),
        (0x00100010, "PN", NAME.encode()),
        (0x00100020, "LO", b"QX4821775 "),
        (0x00120062, "CS", b"NO"),
        (0x00180050, "DS", b"1.25"),
        (0x00190010, "LO", b"SIEMENS MR HEADER "),
        (0x0019100C, "IS", b"1000"),
        (0x0020000D, "UI", b"1.2.3.40"),
        (0x0020000E, "UI", b"1.2.3.50"),
        (0x00200013, "IS", b"1 "),
        (0x00204000, "LT", b"seen by Weberknecht "),
        (0x00280010, "US", b"\2\0"),
        (0x7FE00010, "OW", bytes(8)),
    )
}
OTHER = {
    "UI": (b"1.2.3.77", b"1.2.840.10008.1.2\0", b""), "DA": (b"20200201", b"x "), "CS": (b"MR", b"ISO_IR 192", b"NO"),
    "LO": (b"Weberknecht ", b"GEMS_PARM_01", b"Thorax"), "PN": (b"Other^One ",), "DS": (b"2.5 ", b"-1"),
    "IS": (b"12", b"123456"), "LT": (b"nothing ", b"born 1956-02-14 "), "US": (b"\3\0",), "OW": (bytes(10),),
    "SQ": (b"", item((0x00081155, "UI", b"1.2.3.91")), item() + item()),
}  # fmt: skip
ADDED: tuple[Element, ...] = (
    (0x00080012, "DA", b"20200101"),
    (0x00120063, "LO", b"somebody"),
    (0x00191008, "CS", b"IMAGE NUM 4 "),
    (0x00280303, "CS", b"UNMODIFIED"),
    (0x00324000, "LT", b"Weberknecht "),
    (0xFFFCFFFC, "OB", bytes(4)),
)


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """A header near the base: a few values others, an element less or more, cut off or in wrong order at times."""
    found = dict(BASE)
    for tag in draw(st.lists(st.sampled_from(sorted(BASE)), max_size=3)):
        found[tag] = (tag, found[tag][1], draw(st.sampled_from(OTHER[found[tag][1]])))
    for one in draw(st.lists(st.sampled_from(ADDED), max_size=1)):
        found[one[0]] = one
    for tag in draw(st.sets(st.sampled_from(sorted(BASE)), max_size=1)):
        del found[tag]
    elements = [encode(found[tag]) for tag in sorted(found)]
    kept = draw(st.sampled_from((None, None, None, None, -1, -2, 5)))
    if draw(st.integers(0, 9)) == 9:
        elements[3], elements[4] = elements[4], elements[3]
    return b"".join(elements[:kept])


def rewritten(rewriter: Rewriter, data: bytes) -> tuple[bytes, list[tuple[str, str]]] | None:
    """The new data set and what was done; None where it is not understood."""
    try:
        run = rewriter.rewrite(data, 0)
    except NotUnderstood:
        return None
    return b"".join(bytes(piece) for piece in run.out), list(run.changes)


def said(walker: _Walker, data: bytes) -> object:
    try:
        found = walker.survey(data, 0, len(data))
    except NotUnderstood:
        return None
    return found.text, found.header, found.identifiers


def new_rewriter() -> Rewriter:
    return Rewriter(VALUES, implicit=False, written=WRITTEN)


@BOUNDED
@given(st.lists(headers(), min_size=3, max_size=12))
def test_what_came_before_changes_nothing_in_what_is_written(files: list[bytes]) -> None:
    experienced = new_rewriter()
    for data in files:
        assert rewritten(experienced, data) == rewritten(new_rewriter(), data)


@BOUNDED
@given(st.lists(headers(), min_size=3, max_size=12))
def test_what_came_before_changes_nothing_in_what_is_read(files: list[bytes]) -> None:
    experienced = _Walker(False, EVERY)
    for data in files:
        assert said(experienced, data) == said(_Walker(False, EVERY), data)


def test_a_longer_header_is_not_taken_for_a_shorter_one() -> None:
    """A header that ends where another goes on: what is written at the end must not be written in the middle."""
    rewriter = new_rewriter()
    short = [tag for tag in sorted(BASE) if tag <= 0x00200013]
    for number in (b"1 ", b"2 ", b"3 "):
        found = BASE | {0x00200013: (0x00200013, "IS", number)}
        rewriter.rewrite(b"".join(encode(found[tag]) for tag in short), 0)
    whole = b"".join(encode(BASE[tag]) for tag in sorted(BASE))
    assert rewritten(rewriter, whole) == rewritten(new_rewriter(), whole)


def test_slices_of_a_series_are_compared_not_walked() -> None:
    """From the third on: otherwise all of this would be for nothing."""
    rewriter, walked = new_rewriter(), list[int]()
    learn = rewriter._learn_likeness

    def counted(data: bytes, at: int, end: int) -> None:
        walked.append(end)
        learn(data, at, end)

    rewriter._learn_likeness = counted  # type: ignore[method-assign]
    for number in range(20):
        found = BASE | {0x00200013: (0x00200013, "IS", f"{number:02d}".encode())}
        assert rewritten(rewriter, b"".join(encode(found[tag]) for tag in sorted(found)))
    assert len(walked) == 2


def test_threads_may_share_a_rewriter() -> None:
    """What one thread learns or forgets is no other's fault."""
    rewriter = new_rewriter()
    files = []
    for number in range(60):
        found = BASE | {0x00200013: (0x00200013, "IS", f"{number:02d}".encode())}
        for extra in range(number % 6):
            found[ADDED[extra][0]] = ADDED[extra]
        files.append(b"".join(encode(found[tag]) for tag in sorted(found)))
    expected = [rewritten(new_rewriter(), data) for data in files]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            assert list(pool.map(lambda data: rewritten(rewriter, data), files)) == expected
