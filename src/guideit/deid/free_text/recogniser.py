"""A recogniser of names that the user installs and the trial names: one more pair of eyes, never the only one.

`presidio:en_core_web_sm` is Presidio's analyzer with that spaCy model.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from guideit.errors import DetectorMissing, UsageError

Span = tuple[int, int, str]
"""Start, end, and what the recogniser calls it."""
Recogniser = Callable[[str], Sequence[Span]]

_ENTITIES = ("PERSON", "LOCATION", "NRP")
"""What needs a model. Presidio's own patterns are left out: for mail addresses it asks the network for a list."""
_SURE = 0.5
"""Presidio's score from which a span is taken out."""


@lru_cache(maxsize=8)
def open_recogniser(name: str) -> Recogniser:
    """The recogniser of that name, loaded.

    Args:
        name: `KIND:MODEL`, as `[deidentification] recogniser` says.

    Raises:
        UsageError: There is no such kind, or no model is named.
        DetectorMissing: It, or its model, is not installed.
    """
    kind, _, model = name.partition(":")
    if kind not in _KINDS or not model:
        raise UsageError(
            "no such recogniser", where="recogniser", do='write "presidio:MODEL", e.g. "presidio:en_core_web_sm"'
        )
    return _KINDS[kind](model)


def _presidio(model: str) -> Recogniser:
    nlp_engine = _imported("presidio_analyzer.nlp_engine", "pip install presidio-analyzer")
    analyzer = _imported("presidio_analyzer", "pip install presidio-analyzer")
    _imported(model, f"python -m spacy download {model}")  # Presidio itself would download a missing model
    language = model[:2]
    stated = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    engine = nlp_engine.NlpEngineProvider(nlp_configuration=stated).create_engine()
    analyze = analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=[language]).analyze

    def recognise(text: str) -> Sequence[Span]:
        found = analyze(text=text, language=language, entities=list(_ENTITIES), score_threshold=_SURE)
        return sorted((one.start, one.end, str(one.entity_type).lower()) for one in found)

    return recognise


def _imported(module: str, line: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise DetectorMissing(
            "the recogniser that the policy names is not installed",
            where=module,
            why="texts would not be looked through",
            do=line,
        ) from missing


_KINDS: Mapping[str, Callable[[str], Recogniser]] = {"presidio": _presidio}
