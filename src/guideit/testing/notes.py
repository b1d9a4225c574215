"""Made-up clinical notes in German, English and French with planted identifiers, and clinical words that must stay.

Everybody in them is made up. The same seed gives the same notes.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from urllib.parse import quote

from guideit.testing.note_templates import ADDRESSES, CUES, PEOPLE, PHONES, SENTENCES, TERMS
from guideit.testing.valid_numbers import NUMBERS

LANGUAGES = ("de", "en", "fr")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One planted identifier.

    Attributes:
        kind: `known-...`, `number-...`, `cue`, `address` or `phone`.
        needle: What must not stand in the cleaned note.
        moved: Whether it is a date that must have moved.
    """

    kind: str
    needle: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note.

    Attributes:
        language: `de`, `en` or `fr`.
        text: The note.
        identifiers: `(kind, text)` of what is known of its participant.
        planted: What must be gone.
        terms: Clinical terms that must stay, as they stand in the text.
        words: All other words of its sentences.
    """

    language: str
    text: str = field(repr=False)
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    planted: tuple[Planted, ...] = field(repr=False)
    terms: tuple[str, ...] = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Person:
    family: str
    given: str
    id: str
    birth: date
    phone: str
    mail: str
    street: str


def notes(count: int, *, seed: int = 1) -> Iterator[Note]:
    """`count` notes, languages in turn."""
    random = Random(seed)  # noqa: S311
    for number in range(count):
        yield _note(random, LANGUAGES[number % len(LANGUAGES)])


def _note(random: Random, language: str) -> Note:
    person = _person(random, language)
    made = _Sentences(random, language, person)
    sentences = [make() for make in (made.known, made.number, made.cue, made.address, made.phone, made.birth)]
    sentences += [made.clinical() for _ in range(8)]
    random.shuffle(sentences)
    known = (
        ("name", f"{person.family}^{person.given}"), ("id", person.id), ("date", f"{person.birth:%Y%m%d}"),
        ("phone", person.phone), ("mail", person.mail), ("text", person.street),
    )  # fmt: skip
    return Note(
        language=language,
        text="\n".join(sentences),
        identifiers=known,
        planted=tuple(made.planted),
        terms=tuple(made.terms),
        words=tuple(made.words),
    )


def _person(random: Random, language: str) -> _Person:
    family, given = random.choice(PEOPLE[language][0]), random.choice(PEOPLE[language][1])
    plain = re.sub(r"[^a-z]", "", family.lower())
    return _Person(
        family=family,
        given=given,
        id=random.choice(["QX{0}", "{0}", "PAT-{0}", "{0}/21"]).format(random.randrange(10**6, 10**8)),
        birth=date(1930, 1, 1) + timedelta(days=random.randrange(25_000)),
        phone=random.choice(PHONES[language])(random),
        mail=f"{plain}.{random.randrange(99)}@mail.example",
        street=random.choice(ADDRESSES[language])(random),
    )


class _Sentences:
    """Makes sentences and keeps what was planted in them."""

    def __init__(self, random: Random, language: str, person: _Person) -> None:
        self._random, self._language, self._person = random, language, person
        self.planted: list[Planted] = []
        self.terms: list[str] = []
        self.words: list[str] = []

    def known(self) -> str:
        form = self._random.choice(sorted(SPELLINGS))
        return self._sentence("known", f"known-{form}", *SPELLINGS[form](self._person))

    def birth(self) -> str:
        written = self._random.choice(BIRTHDAYS[self._language])(self._person.birth)
        return self._sentence("birth", "known-birth", written, written)

    def number(self) -> str:
        kind = self._random.choice(sorted(NUMBERS))
        written = NUMBERS[kind](self._random)
        return self._sentence("number", f"number-{kind}", written, written)

    def cue(self) -> str:
        families, givens = PEOPLE[self._random.choice(LANGUAGES)]
        family, given = self._random.choice(families), self._random.choice(givens)
        name = self._random.choice([family, f"{given} {family}", f"{given[0]}. {family}"])
        cue = self._random.choice(CUES[self._language])
        return self._sentence("plain", "cue", cue.format(name), family)

    def address(self) -> str:
        written = self._random.choice(ADDRESSES[self._language])(self._random)
        return self._sentence("address", "address", written, _street_of(written))

    def phone(self) -> str:
        written = self._random.choice(PHONES[self._language])(self._random)
        return self._sentence("phone", "phone", written, written)

    def clinical(self) -> str:
        sentence = self._random.choice(SENTENCES[self._language]["clinical"])
        terms = {kind: self._random.choice(of) for kind, of in TERMS.items()}
        used = {kind: term for kind, term in terms.items() if "{" + kind + "}" in sentence}
        self.terms += used.values()
        self._count(sentence)
        return sentence.format(**used)

    def _sentence(self, kind: str, planted: str, written: str, needle: str) -> str:
        sentence = self._random.choice(SENTENCES[self._language][kind])
        self.planted.append(Planted(kind=planted, needle=needle))
        self._count(sentence)
        return sentence.format(written)

    def _count(self, sentence: str) -> None:
        self.words += re.findall(r"[^\W\d_]{3,}", re.sub(r"\{[^}]*\}", " ", sentence))


def _street_of(address: str) -> str:
    """The part of an address that names a street or a box."""
    return next(part.strip() for part in address.split(",") if re.search(r"[^\W\d_]{4}|Box", part))


def _leet(text: str) -> str:
    return text.translate(str.maketrans("aeiosAEIOS", "4310543105"))


def _scanned(text: str) -> str:
    return text.replace("l", "1").replace("o", "0").replace("m", "rn").replace("S", "5").replace("B", "8")


_LOOK = str.maketrans("aeopcxABEKMHOPCTX", "аеорсхАВЕКМНОРСТХ")
"""Latin letters as Cyrillic ones that look the same."""


def _misspelt(name: str) -> str:
    at = len(name) // 2
    return name[:at] + name[at + 1 :] if len(name) >= 7 else name


def _whole(make: Callable[[_Person], str]) -> Callable[[_Person], tuple[str, str]]:
    return lambda person: (make(person), make(person))


def _family(make: Callable[[_Person], str]) -> Callable[[_Person], tuple[str, str]]:
    return lambda person: (make(person), person.family)


SPELLINGS: Mapping[str, Callable[[_Person], tuple[str, str]]] = {
    "as-is": _family(lambda p: f"{p.given} {p.family}"),
    "turned": _family(lambda p: f"{p.family}, {p.given}"),
    "upper": _family(lambda p: f"{p.family.upper()} {p.given.upper()}"),
    "lower": _family(lambda p: f"{p.given.lower()} {p.family.lower()}"),
    "pn": _family(lambda p: f"{p.family}^{p.given}"),
    "initial": _family(lambda p: f"{p.given[0]}. {p.family}"),
    "initial-behind": _family(lambda p: f"{p.family.upper()} {p.given[0]}"),
    "initial-comma": _family(lambda p: f"{p.family}, {p.given[0]}."),
    "joined": _family(lambda p: f"{p.given}{p.family}"),
    "spaced": _whole(lambda p: " ".join(p.family.upper())),
    "scanned": _whole(lambda p: _scanned(p.family)),
    "leet": _whole(lambda p: _leet(p.family)),
    "misspelt": _whole(lambda p: _misspelt(p.family)),
    "reversed": _whole(lambda p: p.family[::-1].lower()),
    "look-alike": _whole(lambda p: p.family.translate(_LOOK)),
    "percent": _whole(lambda p: "".join(f"%{b:02X}" for b in p.family.encode()) if p.family.isascii() else quote(p.
        family)),
    "html": _whole(lambda p: "".join(f"&#{ord(c)};" for c in p.family)),
    "html-named": _whole(lambda p: html.escape(p.family).encode("ascii", "xmlcharrefreplace").decode()),
    "base64": _whole(lambda p: base64.b64encode(f"{p.given} {p.family}".encode()).decode()),
    "hex": _whole(lambda p: p.family.encode().hex()),
    "id": _whole(lambda p: p.id),
    "id-spaced": _whole(lambda p: " ".join(re.findall(r"\w{1,3}", p.id))),
    "id-scanned": _whole(lambda p: p.id.replace("0", "O").replace("1", "l")),
    "phone": _whole(lambda p: p.phone),
    "mail": _whole(lambda p: p.mail),
    "street": lambda p: (p.street, _street_of(p.street)),
}  # fmt: skip
"""Ways of writing the participant: the text, and what of it must be gone."""
_DE = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
]  # fmt: skip
_EN = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
]  # fmt: skip
_FR = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
]  # fmt: skip
BIRTHDAYS: Mapping[str, tuple[Callable[[date], str], ...]] = {
    "de": (
        lambda d: f"{d:%d.%m.%Y}", lambda d: f"{d.day}. {_DE[d.month - 1]} {d.year}", lambda d: f"{d:%Y-%m-%d}",
        lambda d: f"{d:%d.%m.%y}", lambda d: f"{d.day}.{d.month}.{d.year}", lambda d: f"{d:%d%m%Y}",
    ),
    "en": (
        lambda d: f"{d:%m/%d/%Y}", lambda d: f"{_EN[d.month - 1]} {d.day}, {d.year}", lambda d: f"{d:%Y-%m-%d}",
        lambda d: f"{d.day}-{_EN[d.month - 1][:3]}-{d.year}", lambda d: f"{d:%Y%m%d}",
        lambda d: f"{d.day} {_EN[d.month - 1]} {d.year}",
    ),
    "fr": (
        lambda d: f"{d:%d/%m/%Y}", lambda d: f"{d.day} {_FR[d.month - 1]} {d.year}", lambda d: f"{d:%d-%m-%Y}",
        lambda d: f"{d:%d.%m.%Y}", lambda d: f"{'1er' if d.day == 1 else d.day} {_FR[d.month - 1]} {d.year}",
    ),
}  # fmt: skip
