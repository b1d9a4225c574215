"""Treated pixels beside their source: different where the treatment says so, bit-identical everywhere else."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from guideit.quality.frames import Frame, frames
from guideit.quality.inputs import Verdict
from guideit.quality.reading import Opened
from guideit.quality.treatment import BadTreatment, Treated, Treatment

Mask = NDArray[np.bool_]
MOST = 0.5
"""Share of a series' pixels in masks above which too little is left to be proved."""
UNCHANGED = 0.1
"""Share of a mask's pixels that may be what they were, noise being sometimes what it hides."""
_COLOURS = frozenset({"RGB", "YBR_FULL"})


def compare_frames(source: Opened, released: Opened, told: Treatment, verdict: Verdict) -> str:
    """What is wrong with a released object's pixels; empty where nothing is.

    Frame by frame: outside boxes and masks each pixel is the source's, in a box all are one value, in a mask they may
    be anything. Bits that hold an overlay of the source (PS3.5 8.1.2) are empty.
    """
    high = _OverlayBits(source.dataset)
    try:
        for number, (old, new) in enumerate(zip_longest(frames(source), frames(released))):
            if old is None or new is None:
                return "there are not as many frames as there were"
            if wrong := _frame(number, (old, new), told, high, verdict):
                return wrong
    except BadTreatment as bad:
        return str(bad)
    except Exception:  # noqa: BLE001 what cannot be decoded, for whatever reason, is not shown to be the same
        return "pixels cannot be decoded"
    return ""


def _frame(number: int, pair: tuple[Frame, Frame], told: Treatment, high: _OverlayBits, verdict: Verdict) -> str:
    new = pair[1].values
    differs = _differs(*pair, high)
    if differs is None:
        return "frames are not of the size or the colours they were"
    rows, columns = differs.shape
    boxes = [box for box in told.boxes if box.on(number)]
    if any(box.right > columns or box.bottom > rows for box in boxes):
        return "a region reaches beyond its frame"
    mask = told.mask(number, rows, columns)
    verdict.count("pixels-compared", differs.size)
    if mask is not None:
        _count_mask(mask, differs, new, verdict)
        differs &= ~mask
    if not all(_one_value(box.part(new)) for box in boxes):
        return "a region that is said to be blank is not"
    for box in boxes:
        box.part(differs)[...] = False
        verdict.count("regions")
    if differs.any():
        return "pixels are not what they were, where nothing is said to be treated"
    return "an overlay stands in bits beside the pixels" if high.left(new) else ""


def _differs(old: Frame, new: Frame, high: _OverlayBits) -> Mask | None:
    """Where two frames differ, (rows, columns); None where they cannot be compared."""
    if old.photometric != new.photometric:
        if not {old.photometric, new.photometric} <= _COLOURS:
            return None
        converted = old.as_rgb(), new.as_rgb()
        if converted[0] is None or converted[1] is None:
            return None
        old, new = converted[0], converted[1]
    if old.values.shape != new.values.shape:
        return None
    differs: Mask = old.values != new.values
    if differs.any():
        differs &= ~high.emptied(old.values, new.values)
    return differs if differs.ndim == 2 else np.asarray(differs.any(axis=2), bool)


def _one_value(part: NDArray[Any]) -> bool:
    """Whether all pixels are one; of colours, in each sample."""
    return bool((part == part[:1, :1]).all())


def _count_mask(mask: Mask, differs: Mask, new: NDArray[Any], verdict: Verdict) -> None:
    """Pixels masked, and those of them that are the source's though they are not the value that blanks."""
    verdict.count("masked", int(mask.sum()))
    kept = mask & ~differs
    if not kept.any():
        return
    inside = new[mask]
    values, counts = np.unique(inside.reshape(len(inside), -1), axis=0, return_counts=True)
    blank = (new.reshape(*mask.shape, -1) == values[counts.argmax()]).all(axis=2)
    verdict.count("masked-unchanged", int((kept & ~blank).sum()))


def overlay_in_pixels(dataset: Dataset) -> bool:
    """Whether an overlay lies in bits of the pixels: its Overlay Bit Position (60xx,0102) is not 0."""
    tags = (tag for tag in range(0x60000102, 0x60200102, 0x20000) if tag in dataset)
    return any(int(dataset[tag].value or 0) > 0 for tag in tags)


class _OverlayBits:
    """The bits of a stored value that no pixel uses, where a source keeps an overlay in them (PS3.5 8.1.2)."""

    def __init__(self, dataset: Dataset) -> None:
        stored, high = int(dataset.get("BitsStored") or 0), int(dataset.get("HighBit") or 0)
        self._stored = ((1 << stored) - 1) << max(high + 1 - stored, 0)
        self._sign = 1 << high if dataset.get("PixelRepresentation") == 1 else 0
        self._narrow = 0 < stored < int(dataset.get("BitsAllocated") or 0)
        self._overlay = overlay_in_pixels(dataset)

    def _empty(self, values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The values without those bits: zeros, and copies of the sign."""
        bits = values.dtype.itemsize * 8
        keep = self._stored & ((1 << bits) - 1)
        plain = (values.view(f"u{values.dtype.itemsize}") & keep).astype(np.uint64)
        filled = np.where(plain & self._sign, plain | (((1 << bits) - 1) & ~keep), plain) if self._sign else plain
        unsigned = np.dtype(f"u{values.dtype.itemsize}")
        return plain.astype(unsigned).view(values.dtype), filled.astype(unsigned).view(values.dtype)

    def _usable(self, values: NDArray[Any]) -> bool:
        return self._narrow and values.dtype.kind in "iu" and values.ndim == 2

    def emptied(self, old: NDArray[Any], new: NDArray[Any]) -> Mask:
        """Where a value is the old one but for such bits, which are empty now."""
        if not self._usable(old) or old.dtype != new.dtype:
            return np.zeros(old.shape, bool)
        zeros, signs = self._empty(old)
        return np.asarray((new == zeros) | (new == signs), bool)

    def left(self, new: NDArray[Any]) -> bool:
        """Whether something stands in such bits though the source says that an overlay did."""
        if not self._overlay or not self._usable(new):
            return False
        zeros, signs = self._empty(new)
        return not bool(((new == zeros) | (new == signs)).all())


def check_treatment(told: Treated, place: str, verdict: Verdict) -> None:
    """After all of a series: the treatment names its instances only, and what it says of a face is so."""
    if told.instances.keys() - verdict.instances:
        verdict.fail("pixels", place, "an instance that is not there is said to be treated")
    masked, compared = verdict.examined.get("masked", 0), verdict.examined.get("pixels-compared", 0)
    if told.face:
        verdict.count("faces")
    if told.face == "face" and not masked:
        verdict.fail("face", place, "a face is said to be removed and no pixel is said to be")
    if told.face != "face" and masked:
        verdict.fail("face", place, "pixels are masked though no face is said to be removed")
    if verdict.examined.get("masked-unchanged", 0) > UNCHANGED * masked:
        verdict.fail("face", place, "where a face is said to be removed, the pixels are what they were")
    if masked > MOST * compared:
        says = "masks cover more than half of all pixels; of those nothing is proved"
        verdict.warn("masked-most", place, says)
