"""Palette colour (PS3.3 C.7.6.3.1.5, C.7.9): how bright an index is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut

from guideit.deid.pixels.layout import Layout, Stored
from guideit.errors import NotUnderstood


def palette_greys(dataset: Dataset, indices: Stored) -> NDArray[Any]:
    """Brightness of indices through the look-up tables of the header, any range.

    Raises:
        NotUnderstood: The tables are missing or damaged.
    """
    try:
        greys: NDArray[Any] = apply_color_lut(indices, dataset)[..., :3].mean(axis=-1, dtype=np.float32)
    except Exception as wrong:  # whatever pydicom raises, the colours were not understood
        raise NotUnderstood("the palette cannot be read", why=type(wrong).__name__) from wrong
    return greys


def darkest(dataset: Dataset, layout: Layout) -> int:
    """The index, of those that `layout` can store, whose colour is the darkest."""
    first = -(1 << layout.bits - 1) if layout.signed else 0
    indices = np.arange(first, first + (1 << min(layout.bits, 16)), dtype=layout.dtype)
    return int(indices[np.argmin(palette_greys(dataset, indices))])
