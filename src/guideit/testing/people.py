"""Made-up people and hospitals of the example trial, names in the character sets hospitals really use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random


@dataclass(frozen=True, kw_only=True, slots=True)
class Hospital:
    """A made-up trial site.

    Attributes:
        id: What the site calls itself; names its folder.
        site: The site's id in the trial, which reveals nothing.
        title: Its name, as in Institution Name (0008,0080).
        country: ISO 3166-1 alpha-2.
        charset: Specific Character Set (0008,0005) its scanners write; several values for code extensions.
        doctor: A physician's name as PN.
        folder: How the site names the folder it sends; contains the participant's `{name}`.
    """

    id: str
    site: str
    title: str
    country: str
    charset: tuple[str, ...]
    doctor: str
    folder: str


HOSPITALS = (
    Hospital(
        id="nordstadt",
        site="S1",
        title="Klinikum Nordstadt Süd",
        country="DE",
        charset=("ISO_IR 100",),
        doctor="Überacker^Käthe^^Dr. med.",
        folder="Export_{name}_geb_{birth}",
    ),
    Hospital(
        id="higashiyama",
        site="S2",
        title="Higashiyama Central Hospital",
        country="JP",
        charset=("", "ISO 2022 IR 87"),
        doctor="Suzuki^Ichiro=鈴木^一郎=すずき^いちろう",
        folder="{name}様 {source_id}",
    ),
    Hospital(
        id="neva",
        site="S3",
        title="Neva City Hospital 4",
        country="LV",
        charset=("ISO_IR 144",),
        doctor="Орлова^Мария",
        folder="{name} (КТ)",
    ),
)

_NAMES = (
    (
        ("Müller-Lüdenscheidt^Jürgen", "M"),
        ("Großkreutz^Änne^Sophie", "F"),
        ("Weißhaupt^Björn", "M"),
        ("Dörflinger^Käte", "F"),
    ),
    (
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "M"),
        ("Takahashi^Hanako=高橋^花子=たかはし^はなこ", "F"),
        ("Kobayashi^Makoto=小林^誠=こばやし^まこと", "M"),
        ("Ishikawa^Yumi=石川^由美=いしかわ^ゆみ", "F"),
    ),
    (
        ("Кузнецова^Екатерина", "F"),
        ("Лебедев^Аркадий", "M"),
        ("Соколова^Людмила", "F"),
        ("Виноградов^Пётр", "M"),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A made-up participant, with all that a hospital knows of one.

    Attributes:
        number: 1-based number in the trial.
        source_id: Patient ID at the hospital.
        name: Patient's Name, PN with its component groups.
        sex, birth: As in DICOM; `birth` a date.
        hospital, arm: Where and to what they were randomised.
        baseline: Day of the first visit.
        accession: Accession number stem.
        phone, mail, street: Made-up contact data.
    """

    number: int
    source_id: str
    name: str
    sex: str
    birth: date
    hospital: Hospital
    arm: str
    baseline: date
    accession: str
    phone: str
    mail: str
    street: str

    @property
    def plain_name(self) -> str:
        """Given and family name, first component group, as people write them."""
        family, given, *_ = self.name.split("=")[0].split("^")
        return f"{given} {family}"

    @property
    def initials(self) -> str:
        """Initials, given name first."""
        return "".join(part[0] for part in self.plain_name.split())

    def age_on(self, day: date) -> int:
        """Full years of age on `day`."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


def _person(number: int, name: str, sex: str, hospital: Hospital, random: Random) -> Person:
    birth = date(1935, 1, 1) + timedelta(days=random.randrange(22000))
    digits = random.randrange(10**6, 10**7)
    mail = f"patient{digits}@post.example"
    return Person(
        number=number,
        source_id=f"{hospital.id[:2].upper()}-{digits}",
        name=name,
        sex=sex,
        birth=birth,
        hospital=hospital,
        arm=("drug", "standard")[number % 2],
        baseline=date(2021, 3, 1) + timedelta(days=random.randrange(500)),
        accession=f"A{random.randrange(10**7, 10**8)}",
        phone=f"+49 30 {random.randrange(10**6, 10**7)}",
        mail=mail,
        street=f"Kastanienallee {random.randrange(1, 99)}",
    )


def people(count: int, seed: int) -> tuple[Person, ...]:
    """`count` made-up participants, dealt to three hospitals and two arms in turn; the same for one seed."""
    random = Random(seed)  # noqa: S311 - made-up data, not a secret
    result = []
    for index in range(count):
        site, turn = index % 3, index // 3
        name, sex = _NAMES[site][turn % 4]
        if turn >= 4:
            family, _, rest = name.partition("^")
            name = f"{family}-{'abcdefghij'[turn % 10]}{turn}^{rest}"
        result.append(_person(index + 1, name, sex, HOSPITALS[site], random))
    return tuple(result)
