"""Where a key stands in a TOML text, so that an error can name the line: tomllib gives values without places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache

Path = tuple[str | int, ...]
"""Keys and indices from the top: `("visits", 1, "day")`."""

_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.S)
_BARE = re.compile(r"[^,\]}#\n]+")


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of the key or list item at `path`, or of the nearest table around it; None without one.

    Args:
        text: A text that tomllib can read.
        path: Where in it.
    """
    lines = lines_of(text)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


@lru_cache(maxsize=1)
def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every key, header and list item; of a key that is mentioned often, the first.

    Empty for a text nested too deeply to walk: an error without a line is still an error.
    """
    try:
        return _Scanner(text.removeprefix("\ufeff").replace("\r\n", "\n")).run()
    except RecursionError:
        return {}


class _Scanner:
    """Walks a valid TOML text once; what is valid is tomllib's business."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._counted = 0
        self._line = 1
        self._lists: dict[Path, int] = {}
        self._lines: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        """The whole text."""
        table: Path = ()
        self._skip(_BETWEEN)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BETWEEN)
        return self._lines

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self._lines.setdefault(path, self._line)

    def _keys(self) -> list[str]:
        """A dotted key."""
        keys = []
        while True:
            self._skip(_BLANK)
            found = _KEY.match(self._text, self._at)
            raw = found[0] if found else ""
            self._at += max(len(raw), 1)  # always onwards, so that no text can hold the walk
            keys.append(next(iter(tomllib.loads(f"{raw} = 0"))) if raw[:1] in {'"', "'"} else raw)
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; a key that is a list of tables means its last item."""
        width = 2 if self._text.startswith("[[", self._at) else 1
        self._at += width
        keys = self._keys()
        self._at += width
        path: Path = ()
        for turn, key in enumerate(keys, start=1):
            path += (key,)
            self._note(path)
            if width == 2 and turn == len(keys):
                self._lists[path] = self._lists.get(path, -1) + 1
            if path in self._lists:
                path += (self._lists[path],)
                self._note(path)
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for key in self._keys():
            path += (key,)
            self._note(path)
        self._at += 1  # the sign =
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._text[self._at : self._at + 1]
        if start == "[":
            self._list(path)
        elif start == "{":
            self._inline(path)
        else:
            self._skip(_STRING if start in {'"', "'"} else _BARE)

    def _list(self, path: Path) -> None:
        self._at += 1
        position = 0
        while self._more("]"):
            self._note((*path, position))
            self._value((*path, position))
            position += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Go to the next item of a list or inline table, or behind its end."""
        self._skip(_BETWEEN)
        while self._text.startswith(",", self._at):
            self._at += 1
            self._skip(_BETWEEN)
        if self._at >= len(self._text) or self._text[self._at] == end:
            self._at += 1
            return False
        return True
