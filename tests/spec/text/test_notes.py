"""Free text: what goes from clinical notes in German, English and French, and what stays. All people are made up."""

from __future__ import annotations

from functools import lru_cache

from guideit.deid.known import KnownIdentifiers
from guideit.deid.subject import Identifier
from guideit.deid.text import TextCleaner
from guideit.quality.needles import needles
from guideit.testing.notes import notes
from guideit.testing.notes_score import Score, scored
from guideit.trial.deidentification import FreeText

_NOTES, _SEED = 300, 4


@lru_cache(maxsize=1)
def score() -> Score:
    return scored(notes(_NOTES, seed=_SEED))


def test_every_known_identifier_goes_however_it_is_written() -> None:
    """27 ways: orders, case, initials, scanned, misspelt, backwards, look-alike letters, encoded."""
    assert len({kind for kind in score().planted if kind.startswith("known-")}) == 27
    assert score().share("known") == 1


def test_every_number_whose_check_digit_holds_goes() -> None:
    assert len({kind for kind in score().planted if kind.startswith("number-")}) == 12
    assert score().share("number") == 1


def test_names_behind_a_cue_addresses_and_phones_go() -> None:
    assert {kind: score().share(kind) >= 0.99 for kind in ("cue", "address", "phone")} == {
        "cue": True,
        "address": True,
        "phone": True,
    }


def test_drugs_doses_stages_eponyms_and_latin_stay() -> None:
    """Gd, Hodgkin, Parkinson and Schatzki among them."""
    assert score().terms > 1000
    assert score().terms_retained >= 0.99
    assert score().words_retained >= 0.99


def test_what_must_be_looked_at_is_few_strings() -> None:
    assert len(score().doubtful) <= 20


def test_of_the_vocabulary_alone_less_stays_and_nothing_must_be_looked_at() -> None:
    plain = scored(notes(30, seed=_SEED), FreeText.VOCABULARY)
    assert plain.share("known") == 1
    assert plain.words_retained < score().words_retained
    assert not plain.doubtful


def test_the_verifier_finds_nothing_in_what_was_cleaned() -> None:
    """And does see names in the notes as they were: written apart, it reads disguises too."""
    seen = 0
    for note in notes(60, seed=_SEED):
        wanted = needles(frozenset(note.identifiers), frozenset())
        known = KnownIdentifiers(Identifier(kind=kind, text=text) for kind, text in note.identifiers)
        cleaner = TextCleaner(known=known, shift=-400)
        seen += wanted.in_text(note.text)
        assert not wanted.in_text(cleaner.redact(note.text).text)
        assert not wanted.in_text(cleaner.describe(note.text).text)
    assert seen >= 55
