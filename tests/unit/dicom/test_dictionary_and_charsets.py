"""The tables read without pydicom are pydicom's, and so are the character sets known without it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.charset import convert_encodings, python_encoding
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword

from guideit.dicom.charsets import USUAL, codecs_of, decode, encode
from guideit.dicom.dictionary import PUBLIC, TAGS, UIDS


def test_the_dictionary_is_pydicoms() -> None:
    assert set(PUBLIC) == set(DicomDictionary)
    assert set(UID_dictionary) == UIDS
    for keyword in ("PatientName", "PixelData", "RescaleSlope", "TextValue"):
        tag = tag_for_keyword(keyword)
        assert tag is not None
        assert TAGS[keyword] == tag
        assert (PUBLIC[tag].vr, PUBLIC[tag].vm) == (dictionary_VR(tag), dictionary_VM(tag))


@pytest.mark.parametrize("term", sorted(python_encoding))
def test_a_character_set_is_read_as_pydicom_reads_it(term: str) -> None:
    assert codecs_of(term) == tuple(convert_encodings([term]))


def test_the_usual_character_sets_are_among_them() -> None:
    assert set(USUAL) <= set(python_encoding)
    assert codecs_of("ISO_IR 999") is None


def test_code_extensions_are_read_and_written() -> None:
    """PS3.5 H.3.2: Yamada Tarou in kanji."""
    encodings = codecs_of("\\ISO 2022 IR 87")
    assert encodings is not None
    raw = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"
    assert decode(raw, encodings) == "Yamada^Tarou=山田^太郎"
    assert decode(encode("山田", encodings), encodings) == "山田"


def test_plain_files_are_cleaned_without_pydicom() -> None:
    """Importing it takes longer than a hundred files do."""
    shown = subprocess.run(
        [sys.executable, "-c", "import sys, guideit.actions.deid_folder; print('pydicom' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "False"
