"""Numbers by check digit, names by cue, addresses, ages, partial dates, disguises, doubts. All people are made up."""

from __future__ import annotations

import base64
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from guideit.deid import patterns
from guideit.deid.free_text import addresses, ages, check_digits, cues, doubtful, numbers
from guideit.deid.free_text.encodings import decoded
from guideit.deid.free_text.near import NearIds, NearNames, distance
from guideit.deid.free_text.recogniser import open_recogniser
from guideit.deid.known import KnownIdentifiers
from guideit.deid.subject import Identifier
from guideit.deid.text import TextCleaner
from guideit.errors import DetectorMissing, UsageError


def cleaner(*known: tuple[str, str], shift: int | None = -100) -> TextCleaner:
    identifiers = KnownIdentifiers(Identifier(kind=kind, text=text) for kind, text in known)
    return TextCleaner(known=identifiers, shift=shift)


ANNA = (("name", "Kowalewski^Anna"), ("id", "QX4821775"), ("date", "19560312"))

_PUBLISHED = {
    "kvnr": "A123456780",
    "lanr": "123456601",
    "pension": "15070649C103",
    "tax": "86095742719",
    "iban": "DE89370400440532013000",
    "nhs": "9434765919",
    "nir": "255081416802538",
    "ahv": "7569217076985",
    "svnr": "1237010180",
    "bsn": "111222333",
    "pesel": "44051401359",
    "dni": "12345678Z",
    "npi": "1234567893",
    "luhn": "4111111111111111",
}
"""Numbers that their issuers or textbooks give as examples."""


@pytest.mark.parametrize(("name", "number"), _PUBLISHED.items())
def test_a_published_example_holds_and_with_one_digit_changed_does_not(name: str, number: str) -> None:
    assert check_digits.CHECKS[name](number)
    at = next(i for i in range(len(number) - 2, 0, -1) if number[i].isdigit())
    changed = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    if name not in {"lanr"}:  # its last two digits are the physician's field
        assert not check_digits.CHECKS[name](changed)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("NHS no 943 476 5919 today", "nhs"),
        ("AHV 756.9217.0769.85", "ahv"),
        ("SVNR 1237 010180", "svnr"),
        ("NIR 2 55 08 14 168 025 38", "nir"),
        ("IBAN DE89 3704 0044 0532 0130 00", "iban"),
        ("RVNR 15 070649 C 103", "pension"),
    ],
)
def test_a_number_is_found_as_people_write_it(text: str, rule: str) -> None:
    assert rule in {found for _, _, found in numbers.search(text)}
    at = max(i for i, c in enumerate(text) if c.isdigit())
    wrong = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    assert rule not in {found for _, _, found in numbers.search(wrong)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sehr geehrte Frau Dr. med. Käthe Müller-Lüdenscheid, wir", "Käthe Müller-Lüdenscheid"),
        ("befundet von J. van der Berg am", "J. van der Berg"),
        ("Name: Meier, Anna", "Meier, Anna"),
        ("gez. OA Dr. Weiss", "Weiss"),
        ("i.A. Schubert", "Schubert"),
        ("Pat.: SCHMIDT^KARL kam", "SCHMIDT^KARL"),
        ("Jane Q. Public, MD", "Jane Q. Public"),
        ("dr smith called", "smith"),
        ("née Lefèvre", "Lefèvre"),
        ("M. Dupont se plaint", "Dupont"),
        ("Herr Stern klagt", "Stern"),
        ("Patient Kowalski kam", "Kowalski"),
    ],
)
def test_a_name_goes_with_its_cue_staying(text: str, name: str) -> None:
    assert [text[a:b] for a, b, _ in cues.names(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Frau klagt über Schmerzen",
        "M. Hodgkin, M. Parkinson, M. gastrocnemius",
        "Patient Hodgkin Lymphom",
        "von Hippel-Lindau",
        "Z.n. Operation nach Billroth",
        "with Schatzki ring",
        "Patientin: Untersuchung ohne Befund",
        "Arzt: unbekannt",
        "Signe de Parkinson",
        "Radiologist: none",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert not list(cues.names(text))


@pytest.mark.parametrize(
    "text",
    [
        "Musterstraße 12a, 20251 Hamburg",
        "Bahnhofstrasse 5, 8091 Zürich",
        "Alte Poststraße 5b, 83646 Bad Tölz",
        "12 bis, rue de la République, 75013 Paris",
        "221B Baker Street, London NW1 6XE",
        "PO Box 1234, Austin, TX 73301",
    ],
)
def test_an_address_goes_whole(text: str) -> None:
    assert cleaner().redact(f"lives at {text}").text == "lives at"


@pytest.mark.parametrize("text", ["12000 Leukozyten/µl", "L5 S1", "Ring 5 mm", "Segment 5", "T2 N1 M0", "Befund 3 cm"])
def test_a_measure_is_no_address(text: str) -> None:
    assert not list(addresses.search(text))


def test_ages_above_the_oldest_are_written_as_the_oldest() -> None:
    assert cleaner().redact("a 94-year-old man, Alter: 95, 91 ans, 64 J, 95 mm").text == (
        "a 89-year-old man, Alter: 89, 89 ans, 64 J, 95 mm"
    )


def test_a_birthday_of_anybody_goes_and_other_days_move() -> None:
    clean = cleaner().redact("geb. 3.5.1931, CT am 11.05.2020; *1938; née le 3 mai 1931.")
    assert clean.text == "geb., CT am 01.02.2020; *; née le"
    assert dict(clean.spans) == {"text.birth": 3, "text.shifted": 1}
    assert list(ages.birth_years("*1938"))


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("ED 03/2019", "ED 12/2018"),
        ("im März 2020", "im 12/2019"),
        ("seit 2015", "seit 2015"),
        ("since 2015, 2000 ml", "since 2015, 2000 ml"),
        ("vom 12.03. an", "vom an"),
        ("on July 4 again", "on again"),
        ("Segment 4 may be", "Segment 4 may be"),
        ("le 1er avril 2020", "le 23.12.2019"),
    ],
)
def test_dates_with_something_left_out_move_or_go(text: str, moved: str) -> None:
    assert cleaner().redact(text).text == moved


_DISGUISES = [
    "K0walewski", "KOWALEVVSKI", "Kowa1ewsk1", "Kowalewsky", "Kowalwski", "ikswelawok", "Коwalewski", "Kowa%6Cewski",
        "Kowa&#108;ewski",
    "Kowa\\u006cewski", "4b6f77616c6577736b69", "4b 6f 77 61 6c 65 77 73 6b 69", base64.b64encode(b"Kowalewski Anna")
        .decode(),
    "QX482I775", "QX4B21775", "QX4821776",
]  # fmt: skip


@pytest.mark.parametrize("written", _DISGUISES, ids=ascii)
def test_a_known_identifier_in_disguise_goes(written: str) -> None:
    clean = cleaner(*ANNA).redact(f"chest {written} late")
    assert clean.text == "chest late"
    assert {rule for rule, _ in clean.spans} <= {"text.near", "text.encoded", "text.known", "text.number"}


@pytest.mark.parametrize("written", ["D35ch4mp5", "4b 6f 77 61 6c 65 77 73 6b 69"])
def test_a_disguise_made_of_short_words_and_numbers_goes_from_descriptions_too(written: str) -> None:
    known = (("name", "Deschamps^Sidonie"), ("name", "Kowalewski^Anna"))
    assert cleaner(*known).describe(f"chest {written} late").text == "chest late"


def test_words_of_medicine_are_taken_for_no_name_they_resemble() -> None:
    """Braun beside brain, Tumer beside tumor: the commonest confusions there are."""
    names = NearNames(["braun", "tumer", "lebber", "mueller", "thorak"])
    assert not any(names.is_name(word) for word in ("brain", "Tumor", "leber", "Thorax"))


def test_distance_counts_swapped_neighbours_once() -> None:
    assert distance("muller", "mulelr", 2) == 1
    assert distance("kowalewski", "kowalska", 2) == 3
    assert not NearIds(["12345678"]).is_id("12345679")


def test_encoded_stretches_are_read() -> None:
    assert [says for _, _, says in decoded("a M=C3=BCller b")] == ["Müller"]
    assert not list(decoded("chest abdomen 12 x 8 mm"))


def test_an_unbroken_run_that_nobody_can_read_goes() -> None:
    run = base64.b64encode(bytes(range(60))).decode()
    assert cleaner().redact(f"key {run} end").text == "key end"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("seen with Xavier today", ["doubtful.name"]),
        ("Koualewska kam", ["doubtful.near"]),
        ("A.W. said", ["doubtful.initials"]),
        ("250000/µl", ["doubtful.number"]),
        ("sample AB4711C", ["doubtful.code"]),
        ("Leberherd, Pleuraerguss und Cholezystolithiasis bei Morbus Hodgkin", []),
        ("Schatzki-Ring, M. gastrocnemius, Gd 0.1 mmol/kg, T2 N1 M0", []),
        ("12.03.2020 CT", []),
    ],
)
def test_what_may_name_somebody_is_doubtful(text: str, rules: list[str]) -> None:
    clean = cleaner(*ANNA, shift=0).redact(text)
    assert [span.rule for span in clean.doubtful] == rules


def test_a_word_that_the_trial_keeps_is_not_doubtful() -> None:
    assert not doubtful.search("Xeloda", NearNames([]), {"xeloda"})


def test_descriptions_have_nothing_doubtful() -> None:
    assert cleaner(*ANNA).describe("CT Xavier Bogdanov 4711").doubtful == ()


def test_measured_numbers_of_five_digits_stay_and_others_go() -> None:
    assert cleaner().redact("Thrombozyten 250000/µl, 12000 Leukozyten, Nr 482177").text == (
        "Thrombozyten 250000/µl, 12000 Leukozyten, Nr"
    )


@pytest.mark.parametrize(
    "text", ["MRN 48217", "Fall-Nr. 4711/20", "Tel. 4711-12", "(040) 1234 567", "pacs.example.org"]
)
def test_short_numbers_behind_a_cue_are_patterns(text: str) -> None:
    assert patterns.search(text)


def test_spans_are_counted_by_rule_and_named_in_the_effect() -> None:
    clean = cleaner(*ANNA).redact("Kowalewski, Frau A. Kowalewski, Tel. 040/7766554")
    assert dict(clean.spans) == {"text.known": 2, "text.phone": 1}
    assert (clean.effect, clean.effects) == ("known", "known*2+phone")


def test_the_rest_stays_as_it_is_line_by_line() -> None:
    text = "Befund:\n\n- Leber (homogen), Milz; kein Herd.\n- Gallenblase: o.B."
    assert cleaner(*ANNA).redact(text).text == text


_ADVERSE = [
    "a",
    "A",
    "0",
    "1 ",
    "00 ",
    ".",
    " - ",
    "Dr. ",
    "Aa-",
    "%41",
    "&#65;",
    "=41",
    "QUJD",
    "4a ",
    "rue de la ",
    "1 Jan ",
    "MRN",
    "::",
    "+4",
]


@pytest.mark.parametrize("unit", _ADVERSE, ids=ascii)
def test_a_text_of_four_times_the_length_takes_about_four_times_as_long(unit: str) -> None:
    """10 and 40 kB; a cost that grows with the square would be sixteen times."""
    one = cleaner(*ANNA)
    one.redact("warm")

    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        begun = time.process_time()
        one.redact(text)
        one.describe(text)
        return time.process_time() - begun

    short = min(seconds(10_000) for _ in range(2))
    assert min(seconds(40_000) for _ in range(2)) < 10 * short + 0.1


def _plant_presidio(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Modules that look like Presidio and a model; it calls every `Bogdanov` a person."""
    calls: list[dict[str, Any]] = []

    class Analyzer:
        def __init__(self, **options: Any) -> None:
            calls.append(options)

        def analyze(self, *, text: str, **_: Any) -> list[SimpleNamespace]:
            at = text.find("Bogdanov")
            return [SimpleNamespace(start=at, end=at + 8, entity_type="PERSON")] if at >= 0 else []

    provider = SimpleNamespace(create_engine=lambda: "engine")
    whole, engine = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
    whole.AnalyzerEngine = Analyzer  # type: ignore[attr-defined]
    engine.NlpEngineProvider = lambda **_: provider  # type: ignore[attr-defined]
    for name, module in ((whole.__name__, whole), (engine.__name__, engine), ("xx_model", ModuleType("xx_model"))):
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_a_recogniser_is_one_more_pair_of_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = _plant_presidio(monkeypatch)
    recognise = open_recogniser.__wrapped__("presidio:xx_model")
    clean = TextCleaner(known=KnownIdentifiers([]), shift=0, recogniser=recognise).redact("seen with Bogdanov today")
    assert clean.text == "seen with today" and clean.spans == (("text.recognised", 1),)
    assert calls[0]["supported_languages"] == ["xx"]


def test_a_recogniser_that_is_not_installed_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", None)
    with pytest.raises(DetectorMissing, match="pip install presidio-analyzer"):
        open_recogniser("presidio:en_core_web_sm")
    with pytest.raises(UsageError):
        open_recogniser("presidio")


def test_a_model_that_is_not_installed_is_a_refusal_and_no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    _plant_presidio(monkeypatch)
    with pytest.raises(DetectorMissing, match="python -m spacy download xx_other"):
        open_recogniser("presidio:xx_other")
