"""Surviving a power cut: when this returns, what was written is on the disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path


def flush_paths(paths: Iterable[Path]) -> None:
    """Return when the files and folders at `paths` are durable."""
    for path in paths:
        _fsync(path)


def flush_tree(folder: Path) -> None:
    """Return when everything below `folder` is durable.

    On Linux one sync(2), which waits there, costs less than an fsync(2) for each of many files.
    """
    if sys.platform == "linux":
        os.sync()
        return
    flush_paths(p for p in folder.rglob("*"))
    _fsync(folder)


def _fsync(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return  # Windows has no handle for a folder; renames there are journalled
    handle = os.open(path, os.O_RDONLY if path.is_dir() or sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
