"""Clinical tables as they arrive (CSV, Parquet, CDISC Dataset-JSON 1.1) to columns and rows of text.

Nothing is interpreted here: `172,5` stays `172,5`, an empty cell is `""`. What cannot be read is
NotUnderstood.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from guideit.errors import NotUnderstood

BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
CODECS = ["cp1252", "cp1250", "cp1251", "koi8_r", "iso8859_7", "shift_jis", "euc_jp", "gb18030", "euc_kr"]
"""Encodings weighed where a text is neither marked nor UTF-8; charset-normalizer chooses among them."""
DELIMITERS = ",;\t|"
SNIFFED = 200
"""Rows looked at to choose the delimiter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTable:
    """A table as received: private.

    Attributes:
        columns: Names in order; unnamed ones are "".
        rows: Cells as text, every row as wide as `columns`.
        lines: For each row its number in the source, 1 for the first data row (names places, never a value).
        ragged: Numbers of rows that were narrower or wider than the header; they are not in `rows`.
        labels: A column's label where the format carries one.
        unread: Columns whose type has no text form (binary, nested): their cells are "".
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    lines: tuple[int, ...]
    ragged: tuple[int, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()


def read_table(data: bytes, *, name: str) -> RawTable:
    """Read a table, its format recognised by content, not by name.

    Args:
        data: The whole file.
        name: What errors call it.

    Raises:
        NotUnderstood: It is not one of the formats, is damaged, has no header or two columns of one name.
    """
    reader = next((read for knows, read in _FORMATS if knows(data)), _read_csv)
    try:
        table = reader(data)
    except NotUnderstood as wrong:
        raise NotUnderstood(wrong.what, where=name, why=wrong.why, do=wrong.do) from None
    named = [c for c in table.columns if c]
    if not named:
        raise NotUnderstood("the table has no header row", where=name)
    if len(set(named)) < len(named):
        raise NotUnderstood("two columns have the same name", where=name, do="rename one of them")
    return table


def decode_text(data: bytes) -> str:
    """Text of a file by its byte order mark, else UTF-8, else the likeliest of `CODECS`.

    Raises:
        NotUnderstood: No encoding fits.
    """
    for mark, codec in BOMS:
        if data.startswith(mark):
            return _decoded(data, codec)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data, cp_isolation=CODECS).best()
        if best is None:
            raise NotUnderstood("the text's encoding is not recognised", do="save it as UTF-8") from None
        return str(best)


def _decoded(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise NotUnderstood(f"the file is marked as {codec} and is not") from None


def _read_csv(data: bytes) -> RawTable:
    text = decode_text(data)
    if "\0" in text:
        raise NotUnderstood("the file is not text", do="give CSV, Parquet or Dataset-JSON")
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        text, delimiter = rest, first.strip()[4]
    else:
        delimiter = _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise NotUnderstood(
            "a quoted cell does not end", why="or a quote stands inside one undoubled", do="export it again"
        ) from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    return _shaped(header, rows[1:])


def _delimiter(text: str) -> str:
    """The delimiter under which the most rows are as wide as the header, the wider the better."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            rows = [r for r in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SNIFFED) if r]
        except csv.Error:
            return (0.0, 0)
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows) / max(len(rows), 1)
        return (same if width > 1 else 0.0, width)

    return max(DELIMITERS, key=score)


def _shaped(header: Sequence[str], body: Sequence[Sequence[str]]) -> RawTable:
    """Rows as wide as the header; blank lines dropped, empty cells beyond the header cut, others ragged."""
    width, rows, lines, ragged = len(header), [], [], []
    for number, row in enumerate(body, start=1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            ragged.append(number)
            continue
        rows.append(tuple(row[:width]))
        lines.append(number)
    return RawTable(columns=tuple(header), rows=tuple(rows), lines=tuple(lines), ragged=tuple(ragged))


def _read_parquet(data: bytes) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # one thread: with more, pyarrow 26 now and then aborts the process when it ends
        table = pq.ParquetFile(io.BytesIO(data)).read(use_threads=False)
    except (pa.ArrowException, OSError):
        raise NotUnderstood("the Parquet file is damaged") from None
    unread = frozenset(f.name for f in table.schema if not _textual(f.type))
    columns = [
        [""] * table.num_rows if f.name in unread else [_cell(v) for v in table.column(i).to_pylist()]
        for i, f in enumerate(table.schema)
    ]
    rows = tuple(zip(*columns, strict=True))
    lines = tuple(range(1, len(rows) + 1))
    return RawTable(columns=tuple(table.schema.names), rows=rows, lines=lines, unread=unread)


def _textual(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _textual(kind.value_type)
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _cell(value: object) -> str:
    """A typed value as text: dates ISO 8601, booleans `true` and `false`, missing and NaN empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    as_iso = getattr(value, "isoformat", None)
    return str(as_iso()) if as_iso else str(value)


def _read_dataset_json(data: bytes) -> RawTable:
    text = decode_text(data)
    try:
        body = _json(text)
    except ValueError:
        head, _, rest = text.partition("\n")
        try:
            body = _json(head) | {"rows": [_json(line) for line in rest.splitlines() if line.strip()]}
        except (ValueError, TypeError):
            raise NotUnderstood("the JSON is damaged") from None
    return _dataset(body)


def _json(text: str) -> Any:
    """Parsed, with numbers as they were written."""
    return json.loads(text, parse_float=str, parse_int=str)


def _dataset(body: Any) -> RawTable:
    columns = body.get("columns") if isinstance(body, dict) else None
    if not isinstance(columns, list) or not all(isinstance(c, dict) and "name" in c for c in columns):
        raise NotUnderstood("the JSON is no CDISC Dataset-JSON", why="it has no `columns` with a `name` each")
    rows = body.get("rows") or []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise NotUnderstood("`rows` of the Dataset-JSON is no list of lists")
    shaped = _shaped([str(c["name"]) for c in columns], [[_cell(v) for v in row] for row in rows])
    labels = {str(c["name"]): str(c["label"]) for c in columns if c.get("label")}
    return RawTable(columns=shaped.columns, rows=shaped.rows, lines=shaped.lines, ragged=shaped.ragged, labels=labels)


def _refuse(what: str, do: str) -> Callable[[bytes], RawTable]:
    def read(_: bytes) -> RawTable:
        raise NotUnderstood(what, do=do)

    return read


_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], RawTable]], ...] = (
    (lambda d: d[:4] == b"PAR1", _read_parquet),
    (lambda d: d.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{", _read_dataset_json),
    (
        lambda d: d[:4] == b"PK\x03\x04",
        _refuse("the table is a ZIP or an Excel file", "save it as CSV UTF-8"),
    ),
    (
        lambda d: d[:4] == b"\xd0\xcf\x11\xe0",
        _refuse("the table is an old Excel file", "save it as CSV UTF-8"),
    ),
    (
        lambda d: d.startswith(b"HEADER RECORD*******"),
        _refuse("the table is a SAS transport file", "export it as Dataset-JSON or CSV"),
    ),
    (lambda d: not d.strip(), _refuse("the table is empty", "take it out of trial.toml or fill it")),
)
