"""How a DICOM file is framed (PS3.10 7): preamble, File Meta Information, and in which syntax the data set follows."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache

from guideit.errors import NotUnderstood

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DICOMDIR = "1.2.840.10008.1.3.10"
_JPIP = {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205"}

LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
"""VRs with a reserved field and a length of 32 bits (PS3.5 7.1.2)."""
SHORT_VRS = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL"}
    | {b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
UNDEFINED = 0xFFFFFFFF
MAX_INFLATED = 4 << 30
SURE_INFLATED = 128 << 20
MAX_RATIO = 100
"""A deflated data set may grow to `SURE_INFLATED` bytes, or to `MAX_RATIO` times its size. Masks shrink well, bombs
better."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Framing:
    """Where the data set begins and how it is encoded.

    Attributes:
        offset: First byte of the data set.
        syntax: Transfer Syntax UID; guessed from the first element where the file has no meta information.
        meta: Values of the File Meta Information by tag, without padding.
        preamble: Whether the file has the 128 bytes and `DICM`.
    """

    offset: int
    syntax: str
    meta: dict[int, bytes] = field(default_factory=dict)
    preamble: bool = True

    @property
    def implicit(self) -> bool:
        """Whether VRs are left out."""
        return self.syntax == IMPLICIT

    @property
    def sop_class(self) -> str:
        """Media Storage SOP Class UID, or empty."""
        return self.meta.get(0x00020002, b"").decode("ascii", "replace")


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins with `head` (at least 132 bytes, where it has them) looks like DICOM."""
    if head[128:132] == b"DICM":
        return True
    return _first_element(head) is not None


def frame(head: bytes) -> Framing:
    """Read the framing from a file's first bytes (all of its meta information must be among them).

    The group length of the meta information is not trusted: its elements are walked.

    Raises:
        NotUnderstood: It is no DICOM file, or one of a syntax that has no data set to read.
    """
    start = 132 if head[128:132] == b"DICM" else 0
    offset, meta = _meta(head, start)
    syntax = meta.get(0x00020010, b"").decode("ascii", "replace")
    if not syntax:
        syntax = _first_element(head[offset:]) or ""
    if not syntax:
        raise NotUnderstood("no DICOM file", why="no meta information and no plausible first element")
    if syntax in _JPIP:
        raise NotUnderstood("pixel data lies elsewhere", why="a JPIP referenced transfer syntax")
    if not syntax.startswith("1.2.840.10008.1.2"):
        raise NotUnderstood("unknown transfer syntax")
    return Framing(offset=offset, syntax=syntax, meta=meta, preamble=start == 132)


def inflated(data: bytes | memoryview, framing: Framing) -> tuple[bytes, Framing]:
    """A deflated data set (PS3.5 A.5) as Explicit VR Little Endian.

    Raises:
        NotUnderstood: It is damaged, or grows beyond 4 GB or far beyond what images do.
    """
    expander, packed = zlib.decompressobj(-zlib.MAX_WBITS), data[framing.offset :]
    try:
        body = expander.decompress(packed, min(MAX_INFLATED, max(SURE_INFLATED, MAX_RATIO * len(packed))))
    except zlib.error as damaged:
        raise NotUnderstood("the deflated data set is damaged") from damaged
    if expander.unconsumed_tail or not expander.eof:
        raise NotUnderstood("the deflated data set is cut off or grows too large")
    return body, replace(framing, offset=0, syntax=EXPLICIT)


def _meta(head: bytes, start: int) -> tuple[int, dict[int, bytes]]:
    """Elements of group 2 from `start`, always Explicit VR Little Endian (PS3.10 7.1)."""
    at, meta = start, dict[int, bytes]()
    while head[at : at + 2] == b"\x02\x00" and len(head) >= at + 8:
        tag, long, length = _meta_head(head[at : at + 8])
        value_at = at + 8
        if long and len(head) >= at + 12:
            length, value_at = struct.unpack_from("<I", head, at + 8)[0], at + 12
        elif long or not tag:
            raise NotUnderstood("the meta information cannot be read", where=f"byte {at}")
        at = value_at + length
        if at > len(head):
            raise NotUnderstood("the meta information is cut off or too large", where=f"byte {value_at}")
        meta[tag] = head[value_at:at].rstrip(b"\0 ")
    return at, meta


@lru_cache(maxsize=4096)
def _meta_head(head: bytes) -> tuple[int, bool, int]:
    """What eight bytes say: tag (0: they have no VR), whether the length follows as 32 bits, else the length."""
    group, element = struct.unpack_from("<HH", head)
    vr = head[4:6]
    known = vr in LONG_VRS or vr in SHORT_VRS
    return (group << 16 | element) * known, vr in LONG_VRS, struct.unpack_from("<H", head, 6)[0]


def _first_element(head: bytes) -> str | None:
    """The syntax in which `head` begins with an element that may stand first: group 8, or group 2 before it."""
    if len(head) < 8:
        return None
    group, element = struct.unpack_from("<HH", head)
    if group in (0x0002, 0x0008) and element <= 0x0100:
        if head[4:6] in SHORT_VRS | LONG_VRS:
            return EXPLICIT
        length = struct.unpack_from("<I", head, 4)[0]
        return IMPLICIT if group == 8 and length <= 1024 else None
    group, element = struct.unpack_from(">HH", head)
    if group == 0x0008 and element <= 0x0100 and head[4:6] in SHORT_VRS | LONG_VRS:
        return BIG_ENDIAN
    return None
