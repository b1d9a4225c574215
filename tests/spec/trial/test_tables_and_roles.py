"""Clinical tables: the columns that are released, each with a role."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from guideit.deid.table_cells import ROLES
from guideit.errors import TrialInvalid
from guideit.trial.model import Role
from guideit.trial.parse import parse_trial

ROOT = Path(__file__).parents[3]
SDTM = ROOT.parent / "shared" / "standards" / "sdtm"
_TABLE = '[trial]\nid = "t"\ntitle = "T"\n[[tables]]\nid = "dm"\nfile = "dm.csv"\ncolumns = [{0}]\n'


def _table(*columns: str) -> str:
    return _TABLE.replace("{0}", ", ".join(f"{{ {c} }}" for c in columns))


def test_a_column_has_a_name_and_a_role() -> None:
    """Label, unit, codes and the form of dates are for those who have them."""
    trial = parse_trial(_table('name = "ID", role = "identifier"', 'name = "LD", role = "number", unit = "mm"'))
    assert [(c.name, c.role, c.unit) for c in trial.tables[0].columns] == [
        ("ID", Role.IDENTIFIER, ""),
        ("LD", Role.NUMBER, "mm"),
    ]


def test_a_table_says_whose_its_rows_are() -> None:
    """Without an identifier no row could be given to anybody."""
    with pytest.raises(TrialInvalid, match=r"line 7: tables\[1\].columns: no column says which participant"):
        parse_trial(_table('name = "LD", role = "number"'))


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.AGE])
def test_every_role_has_a_rule(role: Role) -> None:
    """A role without a rule would blank its column: `age` has none, ages are numbers with the unit `a`."""
    assert role in ROLES


@pytest.mark.skipif(not SDTM.is_dir(), reason="../shared/standards/sdtm is not here")
def test_the_sdtm_example_names_columns_that_its_tables_have() -> None:
    """`examples/sdtm/trial.toml` and the CDISC pilot's tables."""
    trial = parse_trial((ROOT / "examples/sdtm/trial.toml").read_text("utf-8"))
    for table in trial.tables:
        with (SDTM / table.file).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert [c.name for c in table.columns if c.name not in header] == []
