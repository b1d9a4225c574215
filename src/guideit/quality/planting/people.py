"""Made-up people of a trial's countries: names in their scripts, dates, addresses, telephones, record numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from guideit.quality.planting.record_numbers import RECORD_NUMBERS, hospital

DEFAULT_COUNTRIES = ("DE", "GB", "FR")
"""Of a trial whose sites name none."""
_SYLLABLES = (
    "zor", "vuk", "mib", "gax", "pul", "dwi", "jek", "kre", "loz", "nyx", "quo", "rud", "sva", "tyb", "wex", "yam",
)  # fmt: skip
_COUNT = len(_SYLLABLES)
_PEOPLE = 900_000
"""From this number on, marks are parts of people's names and addresses."""


def mark(number: int) -> str:
    """A surname that nobody bears, unlike for each number below a million: fifteen letters.

    None is a word of any language or a part of another mark, so that wherever one turns up it tells its place.
    """
    digits = (number // _COUNT**place % _COUNT for place in (4, 3, 2, 1, 0))
    return "".join(_SYLLABLES[digit] for digit in digits).capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """What people of a country are called and how they write.

    Attributes:
        language: Of free text about them (`de`, `en`, ...).
        script: `Latin`, `Cyrillic` or `Japanese`.
        charset: Specific Character Set (0008,0005) of a scanner there.
        families, givens: Made-up family names, given names.
        street, city, phone: As written; `#` stands for a digit.
        day: How a date is written, for `strftime`.
    """

    language: str
    script: str = "Latin"
    charset: tuple[str, ...] = ("ISO_IR 100",)
    families: tuple[str, ...]
    givens: tuple[str, ...]
    street: str
    city: str
    phone: str
    day: str = "%d.%m.%Y"


COUNTRIES: Mapping[str, Country] = {
    "DE": Country(
        language="de", families=("Brünnhäußer", "Ölkrugwald", "Zwäckenstein"), givens=("Jörgfried", "Änneliese"),
        street="Quarkmühlenstraße ##", city="##### Wülfterode", phone="+49 4# ####### ##",
    ),
    "AT": Country(
        language="de", families=("Hölzlgrübner", "Zwetschkenauer"), givens=("Sepphart", "Rösliese"),
        street="Marillengasse ##", city="#### Obergrünzell", phone="+43 6## ######",
    ),
    "CH": Country(
        language="de", families=("Zgrügglimann", "Bärtschenwyler"), givens=("Ueliwalt", "Vrenibeth"),
        street="Chäsbachweg ##", city="CH-#### Hinterwaldikon", phone="+41 7# ### ## ##",
    ),
    "FR": Country(
        language="fr", families=("Brûlecourbois", "Grandpréfontault"), givens=("Thiérrault", "Océlianne"),
        street="##, rue des Hêtres-Moussus", city="F-##### Châtelvieux", phone="+33 6 ## ## ## ##", day="%d/%m/%Y",
    ),
    "GB": Country(
        language="en", families=("Wetherbumstead", "Thrupplecombe"), givens=("Percivold", "Winnifryth"),
        street="## Bramblewick Lane", city="Nether Piddlecombe", phone="+44 7### ######", day="%d/%m/%Y",
    ),
    "US": Country(
        language="en", families=("Applequister", "Kowalzanski"), givens=("Brandonius", "Maryjolene"),
        street="#### Cottonmouth Drive", city="Elk Hollow Springs", phone="(5##) ###-####", day="%m/%d/%Y",
    ),
    "NL": Country(
        language="nl", families=("van der Zwoeltgraaf", "Dijkmanszoon"), givens=("Wouterik", "Fleurtje"),
        street="Stroopwafellaan ##", city="#### AB Zuiderkwakel", phone="+31 6 ########", day="%d-%m-%Y",
    ),
    "IT": Country(
        language="it", families=("Brambillazzo", "Quercigrossetti"), givens=("Gianpierluca", "Ludovichella"),
        street="Via dei Carciofi ##", city="##### Montecavallotto", phone="+39 3## #######", day="%d/%m/%Y",
    ),
    "ES": Country(
        language="es", families=("Zuñigarreta", "Peñalmorcillo"), givens=("Íñigoberto", "Begoñalinda"),
        street="Calle del Alcornocal ##", city="##### Villarrubia de Abajo", phone="+34 6## ### ###", day="%d/%m/%Y",
    ),
    "JP": Country(
        language="ja", script="Japanese", charset=("", "ISO 2022 IR 87"),
        families=("Kumonosuda=蜘蛛巣田", "Washizukami=鷲掴"), givens=("Tarouemon=太郎衛門", "Hanayome=花代女"),
        street="葱畑町 #-##", city="〒###-#### 東狸山市", phone="090-####-####", day="%Y年%m月%d日",
    ),
    "LV": Country(
        language="en", charset=("ISO_IR 110",), families=("Zirnekļukalns", "Kāpostdārziņa"),
        givens=("Visvaldonis", "Skaidrīteja"),
        street="Ērkšķogu iela ##", city="LV-#### Purvmalciems", phone="+371 2#######",
    ),
    "RU": Country(
        language="ru", script="Cyrillic", charset=("ISO_IR 144",), families=("Пауковников", "Щукодубова"),
        givens=("Ярополкий", "Людмилана"),
        street="ул. Ежевичная, д. ##", city="###### Верхнеболотск", phone="+7 9## ###-##-##",
    ),
}  # fmt: skip
"""By ISO 3166-1 alpha-2 code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """A made-up person.

    Attributes:
        country: ISO code; of those without an entry in `COUNTRIES`, GB's.
        number: Which person of the proof.
        name: As a PN with its component groups.
        family, given: In the script of the country.
        latin: Family name in Latin letters.
        patient_id, birth, record, phone, mail, street, city: As written.
    """

    country: str
    number: int
    name: str = field(repr=False)
    family: str = field(repr=False)
    given: str = field(repr=False)
    latin: str = field(repr=False)
    patient_id: str = field(repr=False)
    birth: date = field(repr=False)
    record: str = field(repr=False)
    phone: str = field(repr=False)
    mail: str = field(repr=False)
    street: str = field(repr=False)
    city: str = field(repr=False)

    @property
    def ways(self) -> Country:
        """How people of their country write."""
        return COUNTRIES[self.country]

    def births(self) -> tuple[str, ...]:
        """The date of birth as people write it, in forms that a shifted date is not by chance."""
        forms = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%Y年%m月%d日")
        return tuple(dict.fromkeys(self.birth.strftime(form) for form in forms))


def countries_of(named: Iterable[str]) -> tuple[str, ...]:
    """Countries people are made up for: those a trial's sites name and we know; the default where there are none."""
    known = tuple(dict.fromkeys(code for code in named if code in COUNTRIES))
    return known or DEFAULT_COUNTRIES


def persona(country: str, number: int) -> Persona:
    """Person `number`, always the same. Born 1921 to 1949, so that no study date moves onto their birthday."""
    ways = COUNTRIES[country]
    random = Random(f"{country} {number}")  # noqa: S311 made-up data, not a secret
    family, given = ways.families[number % len(ways.families)], ways.givens[number % len(ways.givens)]
    latin, _, written = family.partition("=")
    given_latin, _, given_written = given.partition("=")
    addition = mark(_PEOPLE + 2000 + number)[-6:].capitalize()
    name = f"{latin}-{addition}^{given_latin}"
    if written:
        name += f"={written}^{given_written}"
    family = written or f"{latin}-{addition}"
    if ways.script == "Cyrillic":
        family, name = latin, f"{latin}^{given_latin}"
    return Persona(
        country=country,
        number=number,
        name=name,
        family=family,
        given=given_written or given_latin,
        latin=mark(_PEOPLE + number) if ways.script == "Cyrillic" else f"{latin}-{addition}",
        patient_id=f"PV{country}{random.randrange(10**7, 10**8)}",
        birth=date(1921, 1, 1) + timedelta(days=random.randrange(29 * 365)),
        record=RECORD_NUMBERS.get(country, hospital)(random),
        phone=_filled(ways.phone, random),
        mail=f"{mark(_PEOPLE + 1000 + number).lower()}@post{number}.example",
        street=_filled(ways.street, random),
        city=_filled(ways.city, random),
    )


def _filled(form: str, random: Random) -> str:
    """`#` as a digit, none of them zero: a leading one is written or not."""
    return "".join(str(random.randrange(1, 10)) if c == "#" else c for c in form)
