"""Write the vocabulary of words that may stay in descriptions.

python -m tools.vocabulary

Sources: names of attributes and UIDs in PS3.6 and meanings of codes in PS3.16, as pydicom carries them, and our
own list `policies/words.txt`. Words that are mostly people's names are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.sr._concepts_dict import concepts

POLICIES = Path("src/guideit/deid/policies")
_WORD = re.compile(r"[^\W\d_]+")
NAMES = frozenset((Path(__file__).parent / "common_names.txt").read_text("ascii").split())
"""Frequent family and given names. Eponyms among them (`Allen test`) are given up: the word goes, the image stays."""


def words(text: str) -> Iterator[str]:
    """Words of a text in lower case without accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    yield from (word for word in _WORD.findall(plain) if len(word) > 1)


def vocabulary() -> list[str]:
    """All words, sorted."""
    found: set[str] = set()
    for entry in DicomDictionary.values():
        found.update(words(entry[2]))
    for entry in UID_dictionary.values():
        found.update(words(entry[0]))
    schemes: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = concepts  # type: ignore[assignment]
    for codes in (codes for scheme in schemes.values() for codes in scheme.values()):
        for meaning, _ in codes.values():
            found.update(words(meaning))
    curated = (POLICIES / "words.txt").read_text("utf-8").splitlines()
    own = {word for line in curated if not line.startswith("#") for word in line.split()}
    return sorted((found - NAMES) | own)


if __name__ == "__main__":
    (POLICIES / "vocabulary.txt").write_text("\n".join(vocabulary()) + "\n", "utf-8")
