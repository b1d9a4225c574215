"""Sentences, people, places and clinical terms that made-up notes are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

Names = tuple[tuple[str, ...], tuple[str, ...]]
PEOPLE: Mapping[str, Names] = {
    "de": (
        (
            "Kowalewski", "Müller-Lüdenscheid", "Weberknecht", "Öztürk", "Steinbrück", "Grünwald", "Schäfer",
                "Brinkmann", "Wiedemann",
            "Hollerbach", "Zimmermann", "Kästner", "Rosenthal", "Vogelsang", "Bärlauch", "Yıldırım", "Nowotny",
                "Schlüter",
        ),
        ("Adalbert", "Brunhilde", "Käthe", "Jürgen", "Anneliese", "Friedhelm", "Sieglinde", "Gökhan", "Zoë", "Ottokar"),
    ),
    "en": (
        (
            "Featherstone", "O'Callaghan", "Abernathy", "Winterbourne", "Okonkwo", "Ramanathan", "Thistlewood",
                "Macallister", "Pemberton",
            "Cholmondeley", "Hawthorne", "Blackwood", "Whitaker", "Szczepański", "Nakamura", "Delacroix", "Rutherglen",
        ),
        ("Rosalind", "Percival", "Clementine", "Archibald", "Beatrix", "Thaddeus", "Imogen", "Chidi", "Leopold",
            "Harriet"),
    ),
    "fr": (
        (
            "Lefèvre", "Dubois-Martel", "Bérenger", "Grosjean", "D'Artagnan", "Charpentier", "Beauchêne", "Rousselot"
                , "Kerguélen",
            "Montgolfier", "Vercingetorix", "Benchekroun", "Lamoureux", "Deschamps", "Peltier", "Guillemot",
                "Castelnau",
        ),
        ("Mélisande", "Théophile", "Hortense", "Anatole", "Célestine", "Fatoumata", "Gaspard", "Eugénie", "Léopold",
            "Sidonie"),
    ),
}  # fmt: skip
"""Family and given names."""


def _number(random: Random, low: int, high: int) -> str:
    return str(random.randrange(low, high))


PHONES: Mapping[str, tuple[Callable[[Random], str], ...]] = {
    "de": (
        lambda r: f"040/{_number(r, 10**6, 10**7)}", lambda r: f"+49 40 {_number(r, 10**7, 10**8)}",
        lambda r: f"(0{_number(r, 200, 999)}) {_number(r, 10**4, 10**6)}", lambda r: f"0171 {_number(r, 10**6, 10**7)}",
        lambda r: f"030-{_number(r, 100, 999)} {_number(r, 10, 99)} {_number(r, 10, 99)}",
    ),
    "en": (
        lambda r: f"({_number(r, 201, 989)}) {_number(r, 200, 999)}-{_number(r, 1000, 9999)}", lambda r:
            f"+44 20 7{_number(r, 100, 999)} {_number(r, 1000, 9999)}",
        lambda r: f"{_number(r, 201, 989)}-{_number(r, 200, 999)}-{_number(r, 1000, 9999)}", lambda r:
            f"07{_number(r, 100, 999)} {_number(r, 10**5, 10**6)}",
    ),
    "fr": (
        lambda r: "0" + " ".join([_number(r, 1, 9), *(_number(r, 10, 99) for _ in range(4))]),
        lambda r: f"+33 {_number(r, 1, 9)} " + " ".join(_number(r, 10, 99) for _ in range(4)),
        lambda r: "0" + ".".join([_number(r, 1, 9), *(_number(r, 10, 99) for _ in range(4))]),
    ),
}  # fmt: skip
ADDRESSES: Mapping[str, tuple[Callable[[Random], str], ...]] = {
    "de": (
        lambda r: f"Zwirnerstieg {_number(r, 1, 120)}, {_number(r, 10115, 99998)} Holzminden",
        lambda r: f"Alte Poststraße {_number(r, 1, 99)}b, {_number(r, 10115, 99998)} Bad Tölz",
        lambda r: f"Karl-Liebknecht-Str. {_number(r, 1, 99)}, {_number(r, 10115, 99998)} Zwickau",
        lambda r: f"Lindenallee {_number(r, 1, 99)}, {_number(r, 10115, 99998)} Buxtehude",
        lambda r: f"Bahnhofstrasse {_number(r, 1, 99)}, {_number(r, 1000, 9658)} Zürich",
    ),
    "en": (
        lambda r: f"{_number(r, 1, 999)} Rosewood Avenue, Springfield, IL {_number(r, 60000, 62999)}",
        lambda r: f"{_number(r, 1, 250)} Thornbury Lane, Leeds LS{_number(r, 1, 28)} {_number(r, 1, 9)}QT",
        lambda r: f"{_number(r, 1, 250)}B Baker Street, London NW1 6XE",
        lambda r: f"PO Box {_number(r, 100, 9999)}, Austin, TX {_number(r, 73301, 79999)}",
        lambda r: f"{_number(r, 100, 9999)} W Oak Grove Blvd, Fresno, CA {_number(r, 90001, 96162)}",
    ),
    "fr": (
        lambda r: f"{_number(r, 1, 200)} rue de la République, {_number(r, 10000, 95999)} Angoulême",
        lambda r: f"{_number(r, 1, 200)} bis, avenue Victor Hugo, {_number(r, 10000, 95999)} Saint-Étienne",
        lambda r: f"{_number(r, 1, 200)}, impasse des Lilas, {_number(r, 10000, 95999)} Quimper",
        lambda r: f"{_number(r, 1, 200)} chemin du Moulin, {_number(r, 10000, 95999)} Le Mans",
    ),
}  # fmt: skip
"""Street first, up to the comma."""
CUES: Mapping[str, tuple[str, ...]] = {
    "de": (
        "befundet von Dr. {}", "gez. {}", "Herr {}", "Frau Prof. Dr. med. {}", "Überweiser: {}", "OA {}",
            "Ehefrau: {}", "geb. {}",
        "Rücksprache mit {}", "Radiologe: {}", "Name: {}", "Sehr geehrte Frau Kollegin {}", "Pat.: {}",
    ),
    "en": (
        "Dr {}", "Dr. {}", "signed by {}", "Mrs {}", "referred by {}", "Radiologist: {}", "reported by Prof. {}",
            "{}, MD", "Next of kin: {}",
        "Electronically signed by: {}", "Patient: {}", "Attending: {}", "discussed with Mr. {}",
    ),
    "fr": (
        "Dr {}", "Mme {}", "Monsieur {}", "née {}", "Médecin traitant : {}", "signé {}", "adressé par le Dr {}",
            "Nom : {}", "validé par {}",
        "M. {}", "Pr {}", "Cher confrère {}",
    ),
}  # fmt: skip
_EPONYMS = (
    "Hodgkin", "Parkinson", "Schatzki", "Crohn", "Horner", "Virchow", "Pancoast", "Dupuytren", "Gleason", "Bosniak",
        "Breslow", "Hounsfield",
)  # fmt: skip
_STAGES = (
    "T2 N1 M0", "pT3a pN0 cM0", "Stage IIB", "ypT1c", "T4b", "FIGO IIIC", "BI-RADS 4", "PI-RADS 5", "ECOG 1",
        "Deauville 3",
)  # fmt: skip
_LATIN = (
    "M. gastrocnemius", "V. cava inferior", "Os sacrum", "A. carotis interna", "Lig. cruciatum anterius",
        "Corpus callosum", "Nervus ulnaris",
)  # fmt: skip
_DRUGS = (
    "Cisplatin 75 mg/m2", "Metformin 850 mg", "Gd 0.1 mmol/kg", "Pembrolizumab 200 mg", "Gadovist 7.5 ml",
        "Dexamethason 8 mg", "Rituximab",
    "Furosemid 40 mg", "Carboplatin AUC 5", "Enoxaparin 40 mg", "F-18-FDG 250 MBq", "Letrozol 2.5 mg",
)  # fmt: skip
_VALUES = (
    "12 x 8 mm", "CRP 12.3 mg/l", "SUVmax 7.4", "ADC 0.85", "250000/µl", "Kreatinin 1.1 mg/dl", "eGFR 62",
        "TR 500 ms", "3.0 T", "L4/L5",
)  # fmt: skip
TERMS: Mapping[str, tuple[str, ...]] = {
    "eponym": _EPONYMS, "stage": _STAGES, "latin": _LATIN, "drug": _DRUGS, "value": _VALUES,
}  # fmt: skip
"""Clinical terms by the place they stand in."""
SENTENCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {
        "known": ("Wir berichten über unser Mitglied {} aus der Studie.", "Vorstellung von {} in unserer Ambulanz.",
            "Die Aufnahmen von {} liegen vor."),
        "birth": ("Geburtsdatum {}, Zustand gut.", "geboren am {}, stationär seit gestern.",
            "Der Tag {} ist im Ausweis genannt."),
        "number": ("Die Nummer lautet {} laut Karte.", "Versichert unter {} bei der Kasse.", "Kennung {} geprüft."),
        "plain": ("Untersuchung im Haus, {}", "Der Bericht wurde erstellt; {}", "Abschluss: {}"),
        "address": ("Wohnhaft {} seit langem.", "Anschrift {} wie bisher.", "Bitte den Brief an {} senden."),
        "phone": ("Rückfragen unter {} möglich.", "Tel. {} tagsüber.", "Erreichbar: {} oder per Post."),
        "clinical": (
            "Bekannter Morbus {eponym} mit Befall der Leber, {stage}.",
                "Unter {drug} zeigt sich eine Regression der Herde auf {value}.",
            "Ödem im Bereich {latin}, kein Anhalt für eine Fraktur.",
                "Nach Gabe von {drug} kräftiges Enhancement der Raumforderung.",
            "Keine suspekten Lymphknoten, Größe {value}, Tumorstadium {stage}.",
                "Der Patient klagt über Schmerzen im rechten Oberbauch seit drei Wochen.",
            "Pleuraerguss links rückläufig, Atelektase unverändert, {value}.",
                "Zeichen nach {eponym} positiv; Verlaufskontrolle in sechs Wochen empfohlen.",
            "Schnittbilddiagnostik mit Dünnschichtrekonstruktion und {value}.",
                "Zustand nach Sigmaresektion, Anastomose unauffällig, {latin} frei.",
            "Die Nierenzyste misst {value} und ist nach {eponym} einzuordnen.",
                "Medikation: {drug}, gut vertragen, keine Übelkeit.",
        ),
    },
    "en": {
        "known": ("We report on {} from the trial.", "Images of {} were reviewed.", "Follow-up of {} in clinic today."),
        "birth": ("Date of birth {}, well today.", "born {} and otherwise healthy.", "The day {} is in the passport."),
        "number": ("The number on file is {} as given.", "Insured under {} with the plan.",
            "Identifier {} was checked."),
        "plain": ("Study performed in house, {}", "Report completed; {}", "Closing: {}"),
        "address": ("Lives at {} with family.", "Address {} unchanged.", "Please post the letter to {} today."),
        "phone": ("Questions to {} at any time.", "Phone {} during the day.", "Reach us at {} or by post."),
        "clinical": (
            "Known {eponym} disease with hepatic involvement, {stage}.", "On {drug} the lesions regressed to {value}.",
            "Oedema of the {latin}, no evidence of fracture.", "After {drug} there is avid enhancement of the mass.",
            "No suspicious lymph nodes, size {value}, staged {stage}.",
                "The patient complains of right upper quadrant pain for three weeks.",
            "Left pleural effusion improving, atelectasis unchanged, {value}.",
                "Sign of {eponym} positive; follow-up in six weeks is advised.",
            "Thin-section reconstruction and multiplanar reformats, {value}.",
                "Status post sigmoid resection, anastomosis unremarkable, {latin} clear.",
            "The renal cyst measures {value} and is classified according to {eponym}.",
                "Medication: {drug}, well tolerated, no nausea.",
        ),
    },
    "fr": {
        "known": ("Nous avons revu {} dans le cadre de l'essai.", "Les images de {} ont été relues.",
            "Consultation de {} ce matin."),
        "birth": ("Date de naissance {}, état général conservé.", "né le {} et suivi depuis.",
            "Le jour {} figure sur la carte."),
        "number": ("Le numéro est {} selon la carte.", "Assuré sous {} par la caisse.", "Identifiant {} vérifié."),
        "plain": ("Examen réalisé sur place, {}", "Compte rendu terminé ; {}", "Clôture : {}"),
        "address": ("Habite {} depuis longtemps.", "Adresse {} inchangée.", "Merci d'envoyer la lettre au {} demain."),
        "phone": ("Questions au {} à toute heure.", "Tél. {} en journée.", "Joindre le {} ou par courrier."),
        "clinical": (
            "Maladie de {eponym} connue avec atteinte hépatique, {stage}.",
                "Sous {drug} les lésions ont régressé à {value}.",
            "Œdème du {latin}, sans signe de fracture.", "Après {drug} rehaussement intense de la masse.",
            "Pas d'adénopathie suspecte, taille {value}, classé {stage}.",
                "Le patient se plaint de douleurs de l'hypochondre droit depuis trois semaines.",
            "Épanchement pleural gauche en diminution, atélectasie inchangée, {value}.",
                "Signe de {eponym} positif ; contrôle dans six semaines conseillé.",
            "Reconstructions en coupes fines et multiplanaires, {value}.",
                "Status après résection sigmoïdienne, anastomose sans particularité, {latin} libre.",
            "Le kyste rénal mesure {value} et se classe selon {eponym}.",
                "Traitement : {drug}, bien toléré, pas de nausées.",
        ),
    },
}  # fmt: skip
"""By language and kind; `{}` is what is planted, named places are clinical terms."""
