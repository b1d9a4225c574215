"""What becomes of made-up notes: what was removed of what was planted, and what was retained of the rest.

python -m guideit.testing.notes_score
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from guideit.deid.known import KnownIdentifiers
from guideit.deid.subject import Identifier
from guideit.deid.text import TextCleaner
from guideit.testing.notes import Note, Planted, notes
from guideit.trial.deidentification import FreeText

_SHIFT = -400
_KINDS = {
    "known": "known identifiers",
    "number": "numbers with check digits",
    "cue": "names behind a cue",
    "address": "addresses",
    "phone": "phone numbers",
}


@dataclass(kw_only=True)
class Score:
    """Counts over many notes.

    Attributes:
        planted, missed: By kind of planted identifier.
        terms, lost_terms: Clinical terms planted, and those that are gone or changed.
        words, lost_words: Other words of the sentences.
        doubtful: Distinct strings that would be reviewed. values: How many doubtful spans there are.
    """

    planted: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[tuple[Planted, Note, str]]] = field(default_factory=lambda: defaultdict(list), repr=False)
    terms: int = 0
    lost_terms: Counter[str] = field(default_factory=Counter)
    words: int = 0
    lost_words: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)

    def share(self, begins: str) -> float:
        """Share of the planted whose kind begins so that was removed."""
        planted = sum(count for kind, count in self.planted.items() if kind.startswith(begins))
        missed = sum(len(found) for kind, found in self.missed.items() if kind.startswith(begins))
        return 1 - missed / planted if planted else 1.0

    @property
    def terms_retained(self) -> float:
        """Share of clinical terms that stand as they stood."""
        return 1 - sum(self.lost_terms.values()) / self.terms

    @property
    def words_retained(self) -> float:
        """Share of all other words that stay."""
        return 1 - sum(self.lost_words.values()) / self.words


def scored(corpus: Iterable[Note], mode: FreeText = FreeText.REDACT) -> Score:
    """Clean each note as its participant's and count."""
    score = Score()
    for note in corpus:
        known = KnownIdentifiers(Identifier(kind=kind, text=text) for kind, text in note.identifiers)
        cleaner = TextCleaner(known=known, shift=_SHIFT)
        clean = cleaner.redact(note.text) if mode is FreeText.REDACT else cleaner.describe(note.text)
        score.doubtful.update(text for _, text in clean.doubts)
        _count(score, note, clean.text)
    return score


def _count(score: Score, note: Note, clean: str) -> None:
    folded = clean.casefold()
    for planted in note.planted:
        score.planted[planted.kind] += 1
        if planted.needle.casefold() in folded:
            score.missed[planted.kind].append((planted, note, clean))
    score.terms += len(note.terms)
    score.lost_terms.update(term for term in note.terms if term not in clean)
    there = Counter(_words_of(clean))
    score.words += len(note.words)
    score.lost_words.update(Counter(note.words) - there)


def _words_of(text: str) -> Iterator[str]:
    word = ""
    for character in f"{text} ":
        if character.isalpha():
            word += character
        else:
            yield word
            word = ""


def lines(count: int, seed: int) -> Iterator[str]:
    """The score as lines of a table."""
    score = scored(notes(count, seed=seed))
    yield f"| {count} notes, seed {seed} | planted | removed |"
    yield "|---|---:|---:|"
    for kind, says in _KINDS.items():
        planted = sum(number for name, number in score.planted.items() if name.startswith(kind))
        yield f"| {says} | {planted:,} | {score.share(kind):.2%} |"
    yield f"| clinical terms retained, redact | {score.terms:,} | {score.terms_retained:.2%} |"
    yield f"| other words retained, redact | {score.words:,} | {score.words_retained:.2%} |"
    plain = scored(notes(count, seed=seed), FreeText.VOCABULARY)
    yield f"| clinical terms retained, vocabulary | {plain.terms:,} | {plain.terms_retained:.2%} |"
    yield f"| other words retained, vocabulary | {plain.words:,} | {plain.words_retained:.2%} |"
    yield f"| doubtful strings, distinct (all) | {len(score.doubtful)} ({sum(score.doubtful.values()):,}) | |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines(450, 1)) + "\n")
