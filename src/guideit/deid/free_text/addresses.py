"""Addresses: street and house number, postal code and town; German, English, French forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guideit.deid.free_text.lexicon import is_common, reads_as_medicine
from guideit.deid.vocabulary import fold

_B = r"(?<![^\W_])"
_CAP = r"[A-ZÀ-ÖØ-Þ][^\W\d_]{0,30}(?:['’\-][^\W\d_]{1,30}){0,3}"
_NR = r"\d{1,4}\s?(?:[a-hA-H](?![^\W_]))?(?:\s?[-/]\s?\d{1,4}[a-h]?)?"
_GERMAN = (
    r"str(?:a(?:ss|ß)e|\.)?|weg|platz|allee|gasse|ring|ufer|damm|chaussee|steig|stieg|pfad|hof|berg|feld|park|"
    r"markt|graben|wall|tor|brücke|bruecke|kamp|winkel|garten|zeile|promenade|anger|halde|rain|straat|laan"
)
_BEFORE = r"(?:(?:Alt|Neu|Groß|Klein|Ober|Unter|Hoh|Lang|Breit)e[rsn]?|Am|An der|Auf der|Im|In der|Zum|Zur)"
_ENGLISH = (
    r"Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Place|Pl\.?|"
    r"Terrace|Close|Crescent|"
    r"Square|Sq\.?|Way|Gardens|Grove|Hill|Highway|Hwy\.?|Parkway|Pkwy\.?|Row|Mews|Circle|Cir\.?|Trail"
)
_FRENCH = (
    r"rue|avenue|av\.?|boulevard|bd\.?|chemin|impasse|allée|allee|place|quai|route|cours|square|passage|ruelle|"
    r"sentier|villa|faubourg"
)
_PARTICLE = r"(?:de la|de l['’]|de|du|des|d['’]|la|le|les|l['’]|aux|à|sur|sous|en|St|Ste)"
_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC"
).replace(" ", "|")
_FORMS: tuple[tuple[str, str], ...] = (
    # Musterstraße 12a, Unter den Linden Str. 5
    ("address", rf"{_B}(?:{_BEFORE}\s){{0,2}}[^\W\d_]{{2,40}}(?:-[^\W\d_]{{1,30}}){{0,3}}(?<=[^\W\d_])(?i:{_GERMAN})"
        rf"(?![^\W_])\.?\s{{0,2}}{_NR}(?!\s?(?:mm|cm|mg|ml|%))"),
    ("address", rf"{_B}(?:{_CAP}[\s-]{{1,2}}){{1,3}}(?i:str(?:a(?:ss|ß)e|\.)|weg|platz|allee|gasse|ring|ufer|damm)"
        rf"\.?\s{{0,2}}{_NR}"),
    ("address", rf"{_B}(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Hinter der|Vor dem)"
        rf"\s(?:{_CAP}\s){{1,2}}{_NR}(?=,\s?\d{{4,5}}\s|\s\d{{5}}\s)"),
    # 221B Baker Street, 12 Rosewood Avenue, Apt 4
    ("address", rf"(?<![\d.,/])\d{{1,5}}[A-Za-z]?,?\s(?:(?:N|S|E|W|North|South|East|West)\.?\s)?(?:{_CAP}\s)"
        rf"{{1,3}}(?:{_ENGLISH})(?![^\W_])"
                rf"(?:,?\s(?:Apt|Apartment|Suite|Ste|Unit|Flat|#)\.?\s?\w{{1,5}})?"),
    ("address", rf"(?i:{_B}(?:P\.?\s?O\.?\s?Box|Postfach|BP|B\.P\.|Postbus))\s\d[\d ]{{0,8}}\d"),
    # 12 bis, rue de la République; rue Victor Hugo 5
    ("address", rf"(?<![\d.,/])\d{{1,4}}(?:\s?(?:bis|ter|quater))?,?\s(?i:{_FRENCH})\s(?:{_PARTICLE}\s?)"
        rf"{{0,2}}[^\W\d_]{{2,30}}(?:[\s\-’'](?:{_PARTICLE}[\s-]?)?{_CAP}){{0,4}}"),
    ("address",
        rf"{_B}(?i:{_FRENCH})\s(?:{_PARTICLE}\s?){{0,2}}{_CAP}(?:[\s-]{_CAP}){{0,3}}\s\d{{1,4}}(?!\s?(?:mm|cm|mg|ml|"
        rf"%))"),
    # 20251 Hamburg, D-20251 Hamburg, CH-8091 Zürich, 75013 Paris CEDEX 13
    ("place", rf"{_B}(?:D|A|CH|F|B|L|NL|I|PL|DK)[-–\s]\d{{4,5}}\s{_CAP}(?:[\s-]{_CAP}){{0,2}}"),
    ("place", rf"(?<![\w.,])\d{{5}}\s{_CAP}(?:[\s-](?:{_PARTICLE}[\s-])?{_CAP}){{0,3}}(?:\s\d{{1,2}})?"),
    # Springfield, IL 62704; SW1A 1AA
    ("place", rf"{_B}(?:{_CAP}\s){{0,2}}{_CAP},\s(?:{_STATES})\s\d{{5}}(?:-\d{{4}})?(?!\d)"),
    ("postcode", r"(?<![^\W_])(?:GIR\s?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d(?:\d|[ABEHMNPRVWXY])?|\d[A-HJKPSTUW])"
        r"\s\d[ABD-HJLNP-UW-Z]{2})(?![^\W_])"),
    ("postcode", r"(?<![^\W_])[1-9]\d{3}\s[A-Z]{2}\s(?=[A-Z][a-z])"),
)  # fmt: skip
_COMPILED = tuple((rule, re.compile(form)) for rule, form in _FORMS)
_LOCAL = re.compile(
    rf",?\s{{1,3}}(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s(?:(?:Le|La|Les|Bad|Sankt|St\.?)\s)?{_CAP}(?:[\s-]{_CAP}){{0,2}}"
    rf"|,\s{_CAP}(?:[\s-]{_CAP}){{0,2}}"
)
"""Behind a street: a postal code of four digits and its town, or the town alone."""
_WORD = re.compile(r"[^\W\d_]+")


def search(text: str) -> Iterator[tuple[int, int, str]]:
    """Where an address or a part of one stands: `(start, end, rule)`."""
    if not any(c.isdigit() for c in text):
        return
    for rule, form in _COMPILED:
        for found in form.finditer(text):
            if rule == "place" and _counts(found[0]):
                continue
            yield found.start(), _with_town(text, found.end(), rule), rule


def _counts(text: str) -> bool:
    """Whether it is a number of things (`12000 Leukozyten`) and no town."""
    first = _WORD.findall(text.lstrip("DACHFBLNIPK-– "))[:1]
    word = fold(first[0]) if first else ""
    return bool(word) and text[0].isdigit() and (is_common(word) or reads_as_medicine(word))


def _with_town(text: str, end: int, rule: str) -> int:
    """Where the town behind a street ends."""
    found = _LOCAL.match(text, end) if rule == "address" else None
    if found is None:
        return end
    numbered = any(c.isdigit() for c in found[0])
    return found.end() if numbered or not is_common(fold(_WORD.findall(found[0])[0])) else end
