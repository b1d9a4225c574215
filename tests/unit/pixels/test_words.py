"""Which lines are marks that may stay."""

import pytest

from guideit.deid.pixels.words import distinct, has_unread_signs, is_mark, letters


@pytest.mark.parametrize(
    "text", ["L", "R", "(R)", "RT", "li", "RE", "A", "HFS", "R MLO", "5", "10", "5 cm", "12,5 mm", "0 5 10"]
)
def test_marks(text: str) -> None:
    assert is_mark(text)


@pytest.mark.parametrize(
    "text", ["", " ", "1954", "7730412", "LEE", "Müller", "063Y", "12.03.1954", "5 kg", "R Müller"]
)
def test_everything_else_is_none(text: str) -> None:
    assert not is_mark(text)


def test_a_line_with_signs_that_were_not_read_is_no_mark() -> None:
    """The reader gives blanks for letters of a script it does not know."""
    assert not is_mark("  12")


def test_more_marks_than_a_scale_has_are_text() -> None:
    assert not is_mark("0 1 2 3 4 5 6 7")


def test_letters_and_digits_of_every_script_count() -> None:
    assert letters("山田 7-я") == 4


def test_texture_is_one_sign_over_and_over() -> None:
    assert distinct("0oO0") == 1 and distinct("L12") == 3


def test_blanks_stand_for_signs_that_were_not_read() -> None:
    assert has_unread_signs("K  ") and has_unread_signs(" 12") and has_unread_signs("A  B")
    assert not has_unread_signs("A B ") and not has_unread_signs("Müller")
