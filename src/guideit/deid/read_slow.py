"""A file read by pydicom to its very end. pydicom itself stops without a word where it understands no more."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TypeVar

from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement

from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, Framing, inflated
from guideit.errors import NotUnderstood

T = TypeVar("T")
_END = 0xFFFDFFFD
"""Tag of an empty element put behind the file; after it nothing private could stand."""


def understood(work: Callable[[], T]) -> T:
    """What `work` gives; whatever pydicom raises of a damaged file is a `NotUnderstood`.

    Raises:
        NotUnderstood: It raised anything at all.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work()
    except NotUnderstood:
        raise
    except RecursionError as deep:
        raise NotUnderstood("nested too deeply") from deep
    except Exception as wrong:
        raise NotUnderstood("cannot be read", why=type(wrong).__name__) from wrong


def read_to_the_end(data: bytes, framing: Framing) -> Dataset:
    """Read a file whole: an element put behind it must be found where it was put.

    Raises:
        NotUnderstood: It is cut off, or pydicom lost its way in it.
    """
    if framing.syntax == DEFLATED:
        data, framing = inflated(data, framing)
    big = framing.syntax == BIG_ENDIAN
    for implicit in (False,) if big else (framing.implicit, not framing.implicit):  # some files are not what they say
        mark = _END.to_bytes(4, "big" if big else "little")
        mark += bytes(4) if implicit else b"UN" + bytes(6)
        dataset = dcmread(io.BytesIO(b"".join((data, mark))), force=True)
        end = dataset._dict.pop(_END, None)  # type: ignore[call-overload]
        if isinstance(end, RawDataElement) and end.value_tell == len(data) + len(mark):
            return dataset
    raise NotUnderstood("the file is cut off, or damaged beyond reading")
