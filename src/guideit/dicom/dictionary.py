"""The standard's dictionaries (PS3.6), as pydicom carries them, read without pydicom.

Importing pydicom takes a quarter of a second, its tables alone a fiftieth of that: a folder of a few hundred files
is de-identified in less time.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import NamedTuple


class Entry(NamedTuple):
    """A public attribute: VRs (`US or SS`), multiplicity, name, `Retired` or empty, keyword."""

    vr: str
    vm: str
    name: str
    retired: str
    keyword: str


def _tables(name: str) -> ModuleType:
    """A module of pydicom that holds nothing but tables."""
    package = find_spec("pydicom")
    folders = package.submodule_search_locations if package else None
    spec = spec_from_file_location(f"guideit_{name}", Path(next(iter(folders or ()))) / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"pydicom has no {name}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_DICTIONARY = _tables("_dicom_dict")
PUBLIC: Mapping[int, Entry] = {tag: Entry(*entry) for tag, entry in _DICTIONARY.DicomDictionary.items()}
"""Attributes by tag."""
REPEATING: Mapping[str, Entry] = {mask: Entry(*entry) for mask, entry in _DICTIONARY.RepeatersDictionary.items()}
"""Attributes of repeating groups by mask, as `60xx0010`."""
TAGS: Mapping[str, int] = {entry.keyword: tag for tag, entry in PUBLIC.items()}
"""Tags by keyword."""
UIDS: frozenset[str] = frozenset(_tables("_uid_dict").UID_dictionary)
"""Well-known UIDs."""
