"""Planting into headers: every text attribute, nested items, private elements, descriptions, the frame of the file.

The identity of a made-up person takes the place of the participant's; beside it stand surnames that nobody bears,
another in each place, so that whatever comes through tells where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID

from guideit.dicom.dictionary import PUBLIC, REPEATING, TAGS
from guideit.dicom.facts import safe_private_rows
from guideit.quality.planting.answers import Check, Kind, Path_
from guideit.quality.planting.forms import WORDS, long_form, short_form
from guideit.quality.planting.people import Persona, mark
from guideit.quality.planting.useful import STRUCTURE
from guideit.quality.planting.values import place_of, raw

TEXT_VRS = frozenset({"AE", "AS", "CS", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
DESCRIBED = ("StudyDescription", "SeriesDescription", "ProtocolName", "RequestedProcedureDescription")
"""Texts of 64 characters in which people write more than they should."""
_NO_PLACE = frozenset({0x0000, 0x0002, 0x0004, 0xFFFA, 0xFFFE})
_CREATOR = "MADEUP RIS 1.0"
After = Callable[[bytes], bytes]


@dataclass(kw_only=True)
class Planter:
    """Numbers what is planted in one proof and keeps, for the file at hand, what must become of it.

    Attributes:
        who: The person whose file it is.
        words: Words of the trial's own that must stay in descriptions.
        stems: Every planted text that may stand nowhere, with its place.
        share: Of every so many text attributes (second) the one that is planted in (first): there are thousands.
    """

    who: Persona
    words: tuple[str, ...] = ()
    stems: dict[str, str] = field(default_factory=dict, repr=False)
    checks: list[Check] = field(default_factory=list)
    number: int = 0
    share: tuple[int, int] = (0, 1)

    def surname(self, place: str) -> str:
        """A surname that stands nowhere else."""
        self.number += 1
        made = mark(self.number)
        self.stems[made] = place
        return made

    def gone(self, path: Path_, *needles: str, kind: Kind = Kind.TEXT_REMOVED, place: str = "") -> None:
        """These texts must be gone from there."""
        self.checks.append(Check(kind=kind, place=place or place_of(path), path=path, needles=needles))

    def stays(self, path: Path_, *words: str) -> None:
        """These words must still stand there."""
        self.checks.append(Check(kind=Kind.TEXT_RETAINED, place=place_of(path), path=path, needles=words))


def identity(planter: Planter, ds: Dataset) -> None:
    """The person's name, numbers and ways to reach them, in the attributes meant for them (PS3.3 C.7.1.1, C.7.2)."""
    who = planter.who
    values = {
        "PatientName": (who.name, (who.family, who.given)),
        "PatientID": (who.patient_id, (who.patient_id,)),
        "PatientBirthDate": (f"{who.birth:%Y%m%d}", (f"{who.birth:%Y%m%d}",)),
        "OtherPatientIDs": (who.record, (who.record,)),
        "PatientAddress": (f"{who.street}, {who.city}", (who.street,)),
        "PatientTelephoneNumbers": (who.phone, (who.phone,)),
        "ReferringPhysicianName": (planter.surname("(0008,0090)"), ()),
        "AccessionNumber": (f"AZ{who.patient_id[4:]}", (f"AZ{who.patient_id[4:]}",)),
    }
    for keyword, (text, needles) in values.items():
        setattr(ds, keyword, text)
        planter.gone((TAGS[keyword],), *(needles or (text,)))
    path = (TAGS["PatientID"],)
    planter.checks.append(Check(kind=Kind.PATIENT_ID_CONSISTENT, place=place_of(path), path=path))


def described(planter: Planter, ds: Dataset) -> None:
    """An identifier among words of imaging in every description, another way to write it in each; comments in full."""
    item = Dataset()
    for holder, before in ((ds, ()), (item, (TAGS["RequestAttributesSequence"],))):
        for keyword in DESCRIBED:
            planter.number += 1
            form, needles = short_form(planter.who, planter.number)
            _among_words(planter, holder, (*before, TAGS[keyword]), form, needles)
    ds.RequestAttributesSequence = Sequence([item])
    _among_words(planter, ds, (TAGS["ImageComments"],), *long_form(planter.who))


def _among_words(planter: Planter, holder: Dataset, path: Path_, form: str, needles: tuple[str, ...]) -> None:
    words = (WORDS[0], *planter.words[:1], *WORDS[1:])
    text = f"{' '.join(words[:-1])}: {form}, {words[-1]}"
    holder.add_new(path[-1], PUBLIC[path[-1]].vr, text)
    planter.gone(path, *needles)
    planter.stays(path, *words)


def text_attributes() -> Iterator[tuple[int, str]]:
    """Every public attribute of a text VR; of repeating groups the first."""
    for tag, entry in sorted(PUBLIC.items()):
        if tag >> 16 not in _NO_PLACE and entry.keyword not in STRUCTURE and entry.vr in TEXT_VRS:
            yield tag, entry.vr
    for mask, entry in sorted(REPEATING.items()):
        if entry.vr in TEXT_VRS and mask[:4] in {"50xx", "60xx"}:
            yield int(mask.replace("x", "0"), 16), entry.vr


def everywhere(planter: Planter, ds: Dataset) -> None:
    """Another surname in every text attribute that the file does not have, and a person's UID in every UI."""
    _fill(planter, ds, (), turn=None)
    _uids(planter, ds)


def nested(planter: Planter, ds: Dataset) -> None:
    """The same in items that stay: of every two attributes one in an item, the other three items deep."""
    inner, middle, outer = Dataset(), Dataset(), Dataset()
    shared, measures, anatomy = (
        TAGS[k] for k in ("SharedFunctionalGroupsSequence", "PixelMeasuresSequence", "FrameAnatomySequence")
    )
    if shared in ds:
        return
    _fill(planter, inner, (shared, measures, anatomy), turn=0)
    _fill(planter, outer, (shared,), turn=1)
    middle.add_new(anatomy, "SQ", Sequence([inner]))
    outer.add_new(measures, "SQ", Sequence([middle]))
    ds.add_new(shared, "SQ", Sequence([outer]))


def _fill(planter: Planter, ds: Dataset, before: Path_, *, turn: int | None) -> None:
    first, step = planter.share
    for number, (tag, vr) in enumerate(text_attributes()):
        if tag in ds or number % step != first or (turn is not None and number // step % 2 != turn):
            continue
        path = (*before, tag)
        made = planter.surname(place_of(path))
        written = {"CS": made.upper(), "UR": f"https://ris.example/{made}", "PN": f"{made}^A"}.get(vr, made)
        ds[tag] = raw(tag, vr, written)
        planter.gone(path, made)


def _uids(planter: Planter, ds: Dataset) -> None:
    for tag, entry in sorted(PUBLIC.items()):
        if entry.vr == "UI" and tag >> 16 not in _NO_PLACE and entry.keyword not in STRUCTURE and tag not in ds:
            planter.number += 1
            ds.add_new(tag, "UI", f"1.2.826.0.1.99999.{planter.who.birth:%Y%m%d}.{planter.number}")


def private(planter: Planter, ds: Dataset) -> None:
    """Private elements of an unknown creator, of listed ones, a sequence, an element without a creator."""
    block = ds.private_block(0x0077, _CREATOR, create=True)
    for low, vr in enumerate(sorted(TEXT_VRS | {"UN", "OB"}), start=1):
        _private(planter, ds, block.get_tag(low), vr)
    item = Dataset()
    item.PatientName = made = planter.surname("private sequence")
    path = (int(block.get_tag(0x40)), TAGS["PatientName"])
    block.add_new(0x40, "SQ", Sequence([item]))
    planter.gone(path, made)
    _private(planter, ds, Tag(0x00791001), "LO")
    _listed(planter, ds)


def _listed(planter: Planter, ds: Dataset) -> None:
    """Surnames in text elements that PS3.15 Table E.3.10-1 lists as safe, of creators the file does not have."""
    seen: set[tuple[int, str]] = set()
    for row in safe_private_rows():
        if row.vr in {"LO", "SH", "CS", "DS", "IS", "UN"} and (row.group, row.creator) not in seen:
            seen.add((row.group, row.creator))
            if not _has_creator(ds, row.group, row.creator):
                block = ds.private_block(row.group, row.creator, create=True)
                _private(planter, ds, block.get_tag(row.low), row.vr)


def _has_creator(ds: Dataset, group: int, creator: str) -> bool:
    return creator in ds.private_creators(group)


def _private(planter: Planter, ds: Dataset, tag: int, vr: str) -> None:
    path = (int(tag),)
    made = planter.surname(place_of(path))
    ds[tag] = raw(int(tag), vr, made.upper() if vr == "CS" else made)
    planter.gone(path, made)


def content(planter: Planter, ds: Dataset) -> None:
    """A text and a person's name in a content tree, a name of a structure; where the object has such."""
    if ds.get("ContentSequence"):
        item = _content_item("TEXT", "CONTAINS", "121071", "Finding")
        item.TextValue = f"Lesion {planter.surname('content item, text')} stable"
        person = _content_item("PNAME", "HAS OBS CONTEXT", "121008", "Person Observer Name")
        person.PersonName = planter.surname("content item, person")
        ds.ContentSequence = Sequence([*ds.ContentSequence, item, person])
    for structure in ds.get("StructureSetROISequence", ())[:1]:
        structure.ROIName = f"GTV {planter.surname('ROI name')}"
        path = (TAGS["StructureSetROISequence"], TAGS["ROIName"])
        planter.gone(path, structure.ROIName.split()[1])
        planter.stays(path, "GTV")


def _content_item(value_type: str, relationship: str, code: str, meaning: str) -> Dataset:
    item, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, "DCM", meaning
    item.ValueType, item.RelationshipType, item.ConceptNameCodeSequence = value_type, relationship, Sequence([name])
    return item


def frame(planter: Planter, ds: Dataset) -> After:
    """File meta information (PS3.10 7.1), trailing padding, the preamble, and bytes behind the last pixel."""
    meta = ds.file_meta
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle", "ImplementationVersionName"):
        setattr(meta, keyword, _framed(planter, keyword))
    meta.PrivateInformationCreatorUID = UID("1.2.826.0.1.99999.1")
    meta.PrivateInformation = _framed(planter, "PrivateInformation").encode()
    ds[0xFFFCFFFC] = raw(0xFFFCFFFC, "OB", _framed(planter, "data set trailing padding"))
    if "PixelData" in ds and not meta.TransferSyntaxUID.is_compressed:
        ds.PixelData = ds.PixelData + _framed(planter, "behind the pixels").encode()
    head = _framed(planter, "preamble").encode().ljust(128, b"\0")
    return lambda body: head + body[128:]


def _framed(planter: Planter, place: str) -> str:
    """A surname and a blank: even in length, as values must be."""
    made = planter.surname(place)
    planter.gone((), made, kind=Kind.FRAME_REMOVED, place=place)
    return f"{made} "
