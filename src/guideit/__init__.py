"""guideit: randomised imaging trials share their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guideit.version import __version__

if TYPE_CHECKING:
    from guideit.api import ReleaseView as ReleaseView
    from guideit.api import open as open
    from guideit.dicom.volume import Volume as Volume
    from guideit.errors import GuideitError as GuideitError

_LAZY = {
    "open": "guideit.api",
    "ReleaseView": "guideit.api",
    "Volume": "guideit.dicom.volume",
    "GuideitError": "guideit.errors",
}
__all__ = ["GuideitError", "ReleaseView", "Volume", "__version__", "open"]


def __getattr__(name: str) -> object:
    """The notebook's names, imported when first used: `import guideit` alone costs nothing."""
    if name not in _LAZY:
        raise AttributeError(f"module 'guideit' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value
