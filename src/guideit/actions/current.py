"""Whether what is clean is what would be cleaned now: decisions, policy, key, sources may have changed since."""

from __future__ import annotations

from guideit.actions.archive import Archive
from guideit.actions.clean_tables import load_tables, table_inputs
from guideit.actions.deidentify import planner_of
from guideit.actions.participants import enrol
from guideit.actions.trials import DeclaredTrial
from guideit.errors import Refused
from guideit.ledger.engine import begin
from guideit.ledger.series import clean_rows
from guideit.ledger.series import clean_tables as table_rows


def check_current(archive: Archive, declared: DeclaredTrial) -> None:
    """Nothing is sealed that a later decision, another policy or a newer file has overtaken.

    Raises:
        Refused: A cleaned series or table is not what `deidentify` would make of it now.
    """
    trial = declared.trial.id
    loaded = load_tables(archive, declared)
    everyone = enrol(archive, declared, loaded)
    inputs = table_inputs(archive, declared, loaded, everyone.subjects, everyone.aliases)
    with begin(archive.private) as conn:
        plan = planner_of(archive, declared, everyone.subjects).plan(conn)
        clean = {(row["patient"], row["series"]) for row in clean_rows(conn, trial)}
        tables = sum(1 for row in table_rows(conn, trial) if inputs.get(row["name"]) != row["inputs"])
    series = len(plan.stale) + len(clean.intersection(plan.sources))
    if series or tables:
        raise Refused(
            f"{series} series and {tables} tables are not what they would be now",
            why="a decision, the trial, the policy, or what was received has changed since they were cleaned",
            do=f"guideit deidentify {trial}; guideit check {trial}",
        )
