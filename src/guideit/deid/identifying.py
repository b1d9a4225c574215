"""Which attributes a survey collects as known identifiers of a participant, and of what kind each is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TAGS: dict[str, tuple[int, ...]] = {
    "name": (
        0x00080090, 0x0008009C, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00100010, 0x00101001, 0x00101005,
        0x00101060, 0x00102297, 0x00321032, 0x00400006, 0x00401010, 0x00402008, 0x00404037,
        0x0040A075, 0x0040A123, 0x00700084, 0x300E0008,
    ),
    "id": (
        0x00080050, 0x00100020, 0x00101000, 0x00101050, 0x00101090, 0x00200010, 0x00380010, 0x00380060, 0x00400009,
        0x00400253, 0x00401001, 0x00402016, 0x00402017,
    ),
    "date": (0x00100030,),
    "phone": (0x00080094, 0x00102154, 0x00402010),
    "text": (0x00080092, 0x00101040, 0x00102152, 0x00102155),
    "institution": (0x00080080, 0x00080081, 0x00081040, 0x0040A027),
    "device": (0x00081010, 0x00181000, 0x00181007, 0x00400241),
    "uid": (0x00181002,),
}  # fmt: skip

IDENTIFYING: Mapping[int, str] = MappingProxyType({tag: kind for kind, tags in _TAGS.items() for tag in tags})
"""Kind of identifier by tag. Every element of VR PN is one too (`name`), whether it stands here or not."""
