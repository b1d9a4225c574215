"""How people write identifiers into free text, by language, and what of each must be gone."""

from __future__ import annotations

from collections.abc import Mapping

from guideit.quality.planting.people import Persona

WORDS = ("Abdomen", "axial", "contrast")
"""Words of imaging that stand around each, and must stay where the policy keeps descriptions."""

_SHORT: Mapping[str, tuple[str, ...]] = {
    "de": ("Pat. {given} {family}", "{family}, {given}", "geb. {birth}", "Tel. {phone}", "Vers.-Nr. {record}"),
    "en": ("Pt {given} {family}", "{family}, {given}", "DOB {birth}", "tel {phone}", "No. {record}"),
    "fr": ("M. {given} {family}", "{family}, {given}", "né le {birth}", "tél. {phone}", "NIR {record}"),
    "nl": ("dhr. {given} {family}", "{family}, {given}", "geb. {birth}", "tel. {phone}", "BSN {record}"),
    "it": ("sig. {given} {family}", "{family}, {given}", "nato il {birth}", "tel. {phone}", "C.F. {record}"),
    "es": ("Sr. {given} {family}", "{family}, {given}", "nacido {birth}", "tel. {phone}", "DNI {record}"),
    "ja": ("{family} {given} 様", "{family}{given}", "生年月日 {birth}", "電話 {phone}", "番号 {record}"),
    "ru": ("г-н {given} {family}", "{family} {given}", "род. {birth}", "тел. {phone}", "СНИЛС {record}"),
}
"""Short enough for 64 characters with `WORDS` around them."""
_EVERYWHERE = ("ID {patient_id}", "{mail}", "{street}", "{street} {city}")
_LONG: Mapping[str, str] = {
    "de": "Herr/Frau {given} {family}, geb. {birth}, wohnhaft {street}, {city}, Tel. {phone}, {mail}, {record}",
    "en": "Spoke to {given} {family} (DOB {birth}) of {street}, {city}; call {phone} or {mail}; number {record}",
    "fr": "Appeler {given} {family}, né(e) le {birth}, {street}, {city}, tél. {phone}, {mail}, numéro {record}",
    "nl": "Bellen met {given} {family}, geboren {birth}, {street}, {city}, tel. {phone}, {mail}, nummer {record}",
    "it": "Chiamare {given} {family}, nato/a il {birth}, {street}, {city}, tel. {phone}, {mail}, codice {record}",
    "es": "Llamar a {given} {family}, nacido/a el {birth}, {street}, {city}, tel. {phone}, {mail}, número {record}",
    "ja": "{family}{given} 様、生年月日 {birth}、{city} {street}、電話 {phone}、{mail}、{record}",
    "ru": "Позвонить: {family} {given}, дата рождения {birth}, {city}, {street}, тел. {phone}, {mail}, {record}",
}
"""As study nurses and technicians type it into comments and narratives."""


def short_form(who: Persona, turn: int) -> tuple[str, tuple[str, ...]]:
    """The `turn`-th way to write one identifier, and what must be gone."""
    forms = (*_SHORT[who.ways.language], *_EVERYWHERE)
    form = forms[turn % len(forms)]
    return _filled(form, who), tuple(needle for field, needle in _needles(who).items() if f"{{{field}}}" in form)


def long_form(who: Persona) -> tuple[str, tuple[str, ...]]:
    """All of them in one sentence, and what must be gone."""
    return _filled(_LONG[who.ways.language], who), tuple(_needles(who).values())


def _needles(who: Persona) -> dict[str, str]:
    """By field, the text that must be gone; a city is no secret by itself."""
    return {
        "family": who.family,
        "given": who.given,
        "birth": who.birth.strftime(who.ways.day),
        "phone": who.phone,
        "record": who.record,
        "patient_id": who.patient_id,
        "mail": who.mail,
        "street": who.street,
    }


def _filled(form: str, who: Persona) -> str:
    return form.format(city=who.city, **_needles(who))
