"""Verification, 3: whose names are looked for, and where.

A participant's own identifiers are looked for by every rule; those of all others as far as they prove something.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.testing.hand_made import PSEUDONYM, draft
from guideit.testing.hand_proved import prove


def _residue(description: str, folder: Path, *, charset: str | list[str] = "ISO_IR 192") -> bool:
    plan = draft()
    plan.ct.SpecificCharacterSet = charset
    plan.ct.SeriesDescription = description
    return "verify.residue" in {finding.rule for finding in prove(plan, folder).failures}


@pytest.mark.parametrize("text", ["Müllerstein", "MUELLERSTEIN", "mullerstein", "preMüllersteinpost", "Friederike"])
def test_a_long_name_counts_inside_words_with_and_without_marks(text: str, tmp_path: Path) -> None:
    """Müllerstein, Muellerstein and Mullerstein are one person."""
    assert _residue(f"chest {text}", tmp_path)


def test_ideographic_names_count_from_two_characters(tmp_path: Path) -> None:
    """Between ideographs there are no spaces, and no by-chance."""
    assert _residue("胸部山田", tmp_path, charset=["", "ISO 2022 IR 87"])


def test_a_date_of_birth_counts_in_texts_in_every_usual_form(tmp_path: Path) -> None:
    """In a value that is a date alone it does not: a shifted date may by chance be someone's date of birth."""
    assert _residue("chest 14.02.1956", tmp_path / "a")
    assert _residue("chest February 14, 1956", tmp_path / "b")


def test_a_family_name_of_another_participant_counts_in_free_text(tmp_path: Path) -> None:
    """The referring physician of one may be a participant elsewhere."""
    assert _residue("chest kowalczyk", tmp_path)


def test_a_manufacturer_may_be_called_as_a_participant_is(tmp_path: Path) -> None:
    """Attributes that are no free text hold such names by right: Philips made the scanner, and is not the patient."""
    plan = draft()
    plan.ct.Manufacturer = plan.sources["1.2.3.4.1.1"].Manufacturer = "Kowalczyk"
    assert prove(plan, tmp_path).passed


def test_tables_are_searched_row_by_row(tmp_path: Path) -> None:
    """In a row that names a pseudonym everything of that participant is looked for, short names too."""
    plan = draft()
    plan.objects["tables/dm.csv"] = lambda body: body + f"{PSEUDONYM},friederike\n".encode()
    assert "verify.residue" in {finding.rule for finding in prove(plan, tmp_path).failures}
