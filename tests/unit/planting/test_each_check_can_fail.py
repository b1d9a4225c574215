"""Mutations: whatever the cleaner gets wrong lowers the kind of check that is about it, and says where.

A real CT header is planted in, cleaned by the engine, and then spoiled on purpose, one thing at a time.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from guideit.actions.evidence import policy_evidence
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Subject
from guideit.quality.inputs import PolicyClaim
from guideit.quality.planting.answers import Kind, PlantedFile
from guideit.quality.planting.drawn import burn, plant_icon, plant_overlay
from guideit.quality.planting.files import SETS, drawn_copies, frames_of, opened, planted, transcoded_copies
from guideit.quality.planting.headers import Planter
from guideit.quality.planting.people import persona
from guideit.quality.planting.promises import kept_stems
from guideit.quality.planting.residue import Search, of_people
from guideit.quality.planting.score import FileCounts, ProofScore, proof_evidence, scored
from guideit.quality.planting.scoring import Facts, Marking
from guideit.quality.planting.transcodes import with_pixels
from guideit.trial.deidentification import DeidSettings, Option, PolicyName

WHO, SHIFT, PSEUDONYM = persona("DE", 1), -500, "PROOF-001"
Spoil = Callable[[Dataset, Dataset], None]
"""Changes the second, what was released, knowing the first, what was planted."""


@dataclass
class Bench:
    """Planted files with what the engine made of each."""

    settings: DeidSettings
    planter: Planter = field(default_factory=lambda: Planter(who=WHO))
    files: list[tuple[PlantedFile, bytes, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        policy = load_policy(self.settings)
        self.claim = PolicyClaim.read(policy_evidence(policy))
        subject = Subject(source_id=WHO.patient_id, pseudonym=PSEUDONYM, shift_days=SHIFT)
        self.engine = Engine(policy, Keys(bytes(32), "bench"), subject)

    def add(self, body: bytes, file: PlantedFile) -> None:
        done = self.engine.clean(body, place="p")
        assert isinstance(done, CleanInstance), done
        self.files.append((file, body, b"".join(map(bytes, done.pieces))))  # type: ignore[arg-type]

    def score(self, spoil: Spoil | None = None, after: Callable[[bytes], bytes] = bytes) -> ProofScore:
        facts = Facts(
            claim=self.claim, shifts={1: SHIFT}, pseudonyms={1: PSEUDONYM}, stems=frozenset(self.planter.stems)
        )
        marking = Marking(facts=facts)
        checks = [check for file, _, _ in self.files for check in file.checks]
        kept = kept_stems(checks, self.claim, facts.stems)
        stems = {text: place for text, place in self.planter.stems.items() if text not in kept}
        search = Search(places=stems | of_people([WHO]))
        for file, source, clean in self.files:
            body = after(_spoiled(source, clean, spoil) if spoil else clean)
            search.look(body, "a released image")
            marking.released(file, source, body)
        return scored(
            marking.finished(search.found, search.places),
            trial="t",
            policy="own",
            digest="",
            tool="",
            files=FileCounts(planted=len(self.files), released=len(self.files)),
        )


def _spoiled(source: bytes, clean: bytes, spoil: Spoil) -> bytes:
    before, after = (dcmread(io.BytesIO(each)) for each in (source, clean))
    spoil(before, after)
    buffer = io.BytesIO()
    dcmwrite(buffer, after)
    return buffer.getvalue()


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def bench() -> Bench:
    """The policy `trial`; every set of plants, one file with text that the header tells of, and transcodes."""
    source = opened(_ct())
    made = Bench(DeidSettings(policy=PolicyName.TRIAL))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in SETS:
            made.add(*planted(source, made.planter, f"{name}.dcm", [name]))
        for body, file in transcoded_copies(source, made.planter, "transcode")[:2]:
            made.add(body, file)
    return made


def _ct() -> bytes:
    path = get_testdata_file("CT_small.dcm", download=False)
    with open(str(path), "rb") as file:  # noqa: PTH123 a path of pydicom's
        return file.read()


def test_nothing_spoiled_passes(bench: Bench) -> None:
    """Of every kind something was asked, and all of it holds."""
    score = bench.score()
    assert score.failures == {}
    assert score.passed
    assert score.removal == score.overall == 1.0
    asked = {kind for kind, counts in score.kinds.items() if counts.total}
    assert asked == set(Kind) - {Kind.PIXELS_HIDDEN}


def _set(keyword: str, value: Any) -> Spoil:
    return lambda before, after: setattr(after, keyword, value)


def _keep(keyword: str) -> Spoil:
    """As if the policy had left the attribute alone."""

    def spoil(before: Dataset, after: Dataset) -> None:
        if keyword in before:
            after[keyword] = before[keyword]

    return spoil


def _drop(keyword: str) -> Spoil:
    def spoil(before: Dataset, after: Dataset) -> None:
        after.pop(keyword, None)

    return spoil


def _constant_uid(before: Dataset, after: Dataset) -> None:
    after.StudyInstanceUID = after.FrameOfReferenceUID = "2.25.1"


def _noisy_pixel(before: Dataset, after: Dataset) -> None:
    frames = frames_of(after).copy()
    frames[0, -1, -1] ^= 1
    after.update(with_pixels(after, frames))
    after.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian


def _overlay_left(before: Dataset, after: Dataset) -> None:
    if 0x60003000 in before:
        plant_overlay(after, WHO.latin.upper())


def _icon_left(before: Dataset, after: Dataset) -> None:
    if "IconImageSequence" in before:
        plant_icon(after, WHO.latin.upper())


def _month(before: Dataset, after: Dataset) -> None:
    after.StudyDate = after.StudyDate[:6] + f"{int(after.StudyDate[6:]) % 28 + 1:02d}"


def _meta_left(before: Dataset, after: Dataset) -> None:
    after.file_meta.ImplementationVersionName = before.file_meta.ImplementationVersionName


MUTATIONS: dict[str, tuple[Spoil, set[Kind]]] = {
    "an attribute that an image needs is dropped": (_drop("AccessionNumber"), {Kind.TAG_RETAINED}),
    "the modality is emptied": (_set("Modality", ""), {Kind.TEXT_NOT_NULL}),
    "a number is rounded": (_set("SliceThickness", "3"), {Kind.TEXT_RETAINED}),
    "a description is dropped": (_drop("SeriesDescription"), {Kind.TEXT_RETAINED}),
    "the patient's name is kept": (_keep("PatientName"), {Kind.TEXT_REMOVED, Kind.NOWHERE}),
    "a description is kept": (_keep("StudyDescription"), {Kind.TEXT_REMOVED}),
    "a date is not moved": (_keep("StudyDate"), {Kind.DATE_SHIFTED, Kind.DATE_INTERVAL}),
    "a date is deleted, which is no success": (_drop("StudyDate"), {Kind.DATE_SHIFTED, Kind.DATE_INTERVAL}),
    "a date is moved by another number of days": (_month, {Kind.DATE_INTERVAL}),
    "a date is no date": (_set("StudyDate", "20211399"), {Kind.DATE_VALID}),
    "a UID is kept": (_keep("StudyInstanceUID"), {Kind.UID_CHANGED}),
    "two UIDs become one": (_constant_uid, {Kind.UID_CONSISTENT}),
    "a UID is gone, which is not consistent": (_drop("FrameOfReferenceUID"), {Kind.UID_CONSISTENT}),
    "the pseudonym is another": (_set("PatientID", "PROOF-002"), {Kind.PATIENT_ID_CONSISTENT}),
    "one bit of one pixel differs": (_noisy_pixel, {Kind.PIXELS_RETAINED, Kind.TRANSCODE_RETAINED}),
    "an overlay is left": (_overlay_left, {Kind.OVERLAY_HIDDEN}),
    "an icon is left": (_icon_left, {Kind.ICON_HIDDEN}),
    "the file meta information is left": (_meta_left, {Kind.FRAME_REMOVED, Kind.NOWHERE}),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_spoiled_is_seen(bench: Bench, name: str) -> None:
    spoil, kinds = MUTATIONS[name]
    failed = {kind for kind, _ in bench.score(spoil).failures}
    assert kinds <= failed


def test_a_name_in_no_element_is_found_in_any_encoding(bench: Bench) -> None:
    """Bytes behind the last element, where no check of an element looks."""
    for codec in ("utf-8", "utf-16-le", "latin-1"):
        score = bench.score(after=lambda body, codec=codec: body + WHO.family.upper().encode(codec))  # type: ignore[misc]
        assert {kind for kind, _ in score.failures} == {Kind.NOWHERE}
        assert not score.passed


def _pixel_bench(settings: DeidSettings, *, said: bool, hide: bool) -> ProofScore:
    """A file with text in its pixels; the engine is given it without the header's word, as after a review."""
    made = Bench(settings)
    source = opened(_ct())
    ((body, file),) = drawn_copies([source], made.planter, "drawn", said=said)
    made.add(body, file)
    return made.score(_hidden if hide else None)


def _hidden(before: Dataset, after: Dataset) -> None:
    frames = frames_of(after).copy()
    for each in burn(frames.copy(), (WHO.latin.upper(), f"{WHO.birth:%Y-%m-%d}", WHO.patient_id)):
        top, left, bottom, right = each.box
        frames[:, top:bottom, left:right] = 0
    after.update(with_pixels(after, frames))


OPEN = DeidSettings(options=DeidSettings().options | {Option.CLEAN_PIXEL_DATA})


def test_text_left_in_pixels_fails_where_the_policy_cleans_them_or_the_header_told() -> None:
    for settings, said in ((OPEN, False), (DeidSettings(), True)):
        score = _pixel_bench(settings, said=said, hide=False)
        assert score.kinds[Kind.PIXELS_HIDDEN].failed == 3
        assert score.removal is not None and score.removal < 1
        assert not score.passed


def test_text_blanked_in_pixels_passes_and_the_rest_of_the_image_is_retained() -> None:
    score = _pixel_bench(OPEN, said=False, hide=True)
    assert score.kinds[Kind.PIXELS_HIDDEN].passed == 3
    assert score.kinds[Kind.PIXELS_RETAINED].passed == 1
    assert score.passed


def test_text_that_nobody_looks_for_is_no_failure_but_is_said_and_lies_on_the_curve() -> None:
    score = _pixel_bench(DeidSettings(), said=False, hide=False)
    assert score.unlooked == (3, 3)
    assert score.leaked == 3
    assert score.passed


def test_what_is_held_back_is_neither_success_nor_retained(bench: Bench) -> None:
    score = _missing(bench, held=True)
    assert score.kinds[Kind.PIXELS_RETAINED].held_back == 1
    assert score.kinds[Kind.PIXELS_RETAINED].total == 0
    assert score.retained == 0
    assert score.removal is None
    assert not score.passed


def test_what_is_lost_is_a_failure_of_everything(bench: Bench) -> None:
    score = _missing(bench, held=False)
    assert all(counts.passed == 0 for counts in score.kinds.values())
    assert not score.passed


def _missing(bench: Bench, *, held: bool) -> ProofScore:
    facts = Facts(claim=bench.claim, shifts={1: SHIFT}, pseudonyms={1: PSEUDONYM}, stems=frozenset())
    marking = Marking(facts=facts)
    marking.missing(bench.files[0][0], held=held)
    files = FileCounts(planted=1, held_back=int(held), lost=int(not held))
    return scored(marking.finished({}, {}), trial="t", policy="own", digest="", tool="", files=files)


def test_the_evidence_has_no_planted_value(bench: Bench) -> None:
    """Not even of what failed."""
    score = bench.score(_keep("PatientName"))
    said = str(proof_evidence(score))
    assert score.failures
    assert not [text for text in {**bench.planter.stems, **of_people([WHO])} if text in said]
    assert np.isclose(proof_evidence(score)["curve"]["leak"], score.leak)


def test_where_nothing_came_out_nothing_is_proved(bench: Bench) -> None:
    """Bytes of nothing hold no planted text; that is no success."""
    facts = Facts(claim=bench.claim, shifts={1: SHIFT}, pseudonyms={1: PSEUDONYM}, stems=frozenset())
    marking = Marking(facts=facts)
    marking.missing(bench.files[0][0], held=True)
    results = marking.finished({}, {"Zorvuk": "somewhere"})
    files = FileCounts(planted=1, held_back=1)
    score = scored(results, trial="t", policy="own", digest="", tool="", files=files)
    assert score.removal == 1.0
    assert not score.passed
