"""The house's size limits: functions, modules, and the names a room may not have."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[2] / "src" / "guideit"
FILES = sorted(p for p in SOURCE.rglob("*.py") if "migrations/versions" not in p.as_posix())


def _function_lengths(path: Path) -> dict[str, int]:
    """Lines of each function's body, docstring left out."""
    lengths = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lengths[f"{path.name}:{node.name}"] = (node.end_lineno or 0) - body[0].lineno + 1
    return lengths


def test_no_module_is_longer_than_400_lines() -> None:
    long = {p.relative_to(SOURCE).as_posix(): n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_no_function_is_longer_than_60_lines_and_the_median_is_8_at_most() -> None:
    lengths: dict[str, int] = {}
    for path in FILES:
        lengths |= {f"{path.parent.name}/{k}": v for k, v in _function_lengths(path).items()}
    assert not {name: n for name, n in lengths.items() if n > 60}
    assert median(lengths.values()) <= 8


def test_no_room_is_a_drawer() -> None:
    drawers = {"utils", "util", "core", "helpers", "interfaces", "managers", "common", "misc"}
    assert not [p for p in FILES if p.stem in drawers or p.parent.name in drawers]
