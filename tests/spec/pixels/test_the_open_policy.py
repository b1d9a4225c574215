"""A trial whose policy cleans pixels: what is looked at, what is blanked, what waits, what is said of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset, dcmread

from guideit.actions import look_at_pixels
from guideit.actions.check import check
from guideit.actions.deidentify import Deidentified, deidentify
from guideit.actions.review import decide, findings
from guideit.errors import DetectorMissing
from guideit.testing.desk import Desk, instance, now, open_desk
from guideit.testing.heads import AXIAL, classic
from guideit.testing.warped import Warped

pytest.importorskip("rapidocr", reason="needs the readers of text: pip install 'guideit[pixels]'")
pytest.importorskip("SimpleITK", reason="needs what compares volumes: pip install 'guideit[faces]'")

TRIAL = '[trial]\nid = "small"\ntitle = "A small trial"\n[deidentification]\n'
OPEN = TRIAL + 'policy = "open"\n'
TEXT_ONLY = TRIAL + 'options = ["clean-pixel-data", "retain-longitudinal-modified-dates"]\n'
LITTLE = "1.2.840.10008.1.2.1"
NAME = "WEBERKNECHT 12.04.58"


def body(seed: int = 0, size: int = 256) -> NDArray[np.uint16]:
    """A soft round shadow with noise: no text, no head."""
    y, x = np.mgrid[:size, :size] - size / 2
    noise = np.random.default_rng(seed).normal(0, 8, (size, size))
    shadow = np.clip(600 - (x**2 + y**2) ** 0.5 * 3, 50, None)
    return np.asarray((shadow + noise).clip(0), np.uint16)


def written(values: NDArray[np.uint16], text: str, at: tuple[int, int] = (12, 14)) -> NDArray[np.uint16]:
    """Text burned in at (column, row), as bright as a console writes it."""
    ink = Image.new("L", values.shape[::-1])
    ImageDraw.Draw(ink).text(at, text, fill=255, font=ImageFont.load_default(18))
    return np.asarray(np.where(np.asarray(ink) > 100, 1000, values), np.uint16)


def image(number: int, values: NDArray[np.uint16], **said: str) -> bytes:
    """A grey image of the made-up person."""
    ds = dcmread(io.BytesIO(instance(number, preamble=True, syntax=LITTLE, **said)))
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.add_new("PixelData", "OW", values.tobytes())
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def run(desk: Desk) -> Deidentified:
    return deidentify(desk.archive, "small", by="steward", now=now)


def rules(desk: Desk) -> set[str]:
    return {row["rule"] for row in findings(desk.archive, "small") if row["severity"] == "block"}


def cleaned(desk: Desk) -> Iterator[Dataset]:
    """Every instance that is clean now."""
    for pack in sorted(desk.archive.clean.glob("*.zip")):
        with zipfile.ZipFile(pack) as files:
            for name in files.namelist():
                yield dcmread(io.BytesIO(files.read(name)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path, trial=TEXT_ONLY) as opened:
        yield opened


def test_a_name_in_the_pixels_is_blanked_and_nothing_else_changes(desk: Desk) -> None:
    """The object then says that no text is burned in, and by which option it was cleaned; the verifier agrees."""
    desk.put(**{f"s{n}": image(n, written(body(n), NAME), Modality="DX") for n in range(1, 4)})
    desk.submit()
    assert (run(desk).cleaned, rules(desk)) == (1, set())
    for number, ds in enumerate(cleaned(desk), start=1):
        changed = ds.pixel_array != written(body(number), NAME)
        assert not (ds.pixel_array[changed] != 0).any(), "what changed is black"
        ink = written(body(number), NAME) == 1000
        assert not (ds.pixel_array[ink] == 1000).any()
        assert not changed[60:].any()
        assert ds.BurnedInAnnotation == "NO"
        assert "113101" in {code.CodeValue for code in ds.DeidentificationMethodCodeSequence}
    assert check(desk.archive, "small", by="steward", now=now).failed == 0


def test_a_clean_image_passes_bit_for_bit(desk: Desk) -> None:
    desk.put(**{f"s{n}": image(n, body(n)) for n in range(1, 7)})
    desk.submit()
    assert run(desk).cleaned == 1
    for number, ds in enumerate(cleaned(desk), start=1):
        assert np.array_equal(ds.pixel_array, body(number))
        assert ds.BurnedInAnnotation == "NO"


def test_a_captured_screen_waits_for_a_person_with_its_text_blanked_by_then(desk: Desk) -> None:
    """It may show a face rendered, or anything: no reader of text knows. Once somebody looked, its text goes."""
    desk.put(one=image(1, written(body(), NAME), Modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    desk.submit()
    assert (run(desk).cleaned, rules(desk)) == (0, {"hold.secondary-capture"})
    number = next(row["id"] for row in findings(desk.archive, "small") if row["rule"] == "hold.secondary-capture")
    decide(desk.archive, number, "redact", by="reader", reason="a page of numbers", now=now)
    assert run(desk).cleaned == 1
    assert not (next(cleaned(desk)).pixel_array[written(body(), NAME) == 1000] == 1000).any()


def test_pixels_that_cannot_be_decoded_are_held_back_with_a_reason(desk: Desk) -> None:
    broken = dcmread(io.BytesIO(image(1, body(), SeriesInstanceUID="1.2.3.5")))
    broken.add_new("PixelData", "OW", broken.PixelData[:100])
    buffer = io.BytesIO()
    broken.save_as(buffer)
    desk.put(broken=buffer.getvalue(), whole=image(2, body()))
    desk.submit()
    assert (run(desk).cleaned, rules(desk)) == (1, {"pixels.not-understood"})


def test_without_a_reader_nothing_passes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is a refusal with the line to type."""

    def missing() -> None:
        raise DetectorMissing("no reader of text", do="pip install 'guideit[pixels]'")

    desk.put(one=image(1, body()))
    desk.submit()
    monkeypatch.setattr(look_at_pixels, "text_reader", missing)
    with pytest.raises(DetectorMissing, match="pip install"):
        run(desk)
    assert not list(cleaned(desk))


def test_a_scout_waits_for_a_person_who_may_accept_it(tmp_path: Path) -> None:
    """A projection shows a profile, and no plane can be cut of it: that is no damage."""
    with open_desk(tmp_path, trial=OPEN) as desk:
        scout = dcmread(
            io.BytesIO(image(1, body(), Modality="CT", BodyPartExamined="HEAD", FrameOfReferenceUID="1.2.9"))
        )
        scout.SOPClassUID, scout.ImageType = "1.2.840.10008.5.1.4.1.1.2", ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        scout.file_meta.MediaStorageSOPClassUID = scout.SOPClassUID
        buffer = io.BytesIO()
        scout.save_as(buffer)
        desk.put(scout=buffer.getvalue())
        desk.submit()
        assert (run(desk).cleaned, rules(desk)) == (0, {"faces.doubtful"})
        (number,) = [row["id"] for row in findings(desk.archive, "small") if row["rule"] == "faces.doubtful"]
        decide(desk.archive, number, "accept", by="steward", reason="a phantom", now=now)
        assert run(desk).cleaned == 1


def head_files() -> dict[str, bytes]:
    """A made-up head as CT, and beside it contours that may outline it."""
    files = {}
    for number, made in enumerate(classic(Warped(), AXIAL, "CT"), start=1):
        said = {"SeriesInstanceUID": "1.2.3.21", "SOPInstanceUID": f"1.2.3.21.{number}", "BodyPartExamined": ""}
        ds = dcmread(io.BytesIO(instance(number, preamble=True, syntax=LITTLE, **said)))
        for element in made:
            if element.keyword not in {"SOPInstanceUID", "SeriesInstanceUID"}:
                ds.add_new(element.tag, "OW" if element.keyword == "PixelData" else element.VR, element.value)
        ds.FrameOfReferenceUID = "1.2.3.99"
        buffer = io.BytesIO()
        pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
        files[f"head{number}"] = buffer.getvalue()
    structures = {"Modality": "RTSTRUCT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3"}
    files["contours"] = instance(500, preamble=True, syntax=LITTLE, SeriesInstanceUID="1.2.3.22", **structures)
    return files


def test_a_face_is_removed_from_a_head_and_its_contours_wait(tmp_path: Path) -> None:
    """Nobody had to say that it is a head. The object says that no face can be seen in it; the verifier agrees."""
    with open_desk(tmp_path, trial=OPEN) as desk:
        files = head_files()
        desk.put(**files)
        desk.submit()
        assert (run(desk).cleaned, rules(desk)) == (1, {"hold.head-contours"})
        released = {int(ds.InstanceNumber): ds for ds in cleaned(desk)}
        sources = [dcmread(io.BytesIO(files[f"head{number}"])) for number in sorted(released)]
        changed = np.stack([released[int(s.InstanceNumber)].pixel_array != s.pixel_array for s in sources])
        assert 0.01 < changed.mean() < 0.5
        assert {ds.RecognizableVisualFeatures for ds in released.values()} == {"NO"}
        codes = {c.CodeValue for ds in released.values() for c in ds.DeidentificationMethodCodeSequence}
        assert {"113101", "113102"} <= codes
        assert check(desk.archive, "small", by="steward", now=now).failed == 0
