"""Tables coarsened together: afterwards, joined anew the plain way, everybody is like as many others as asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.risk.joined import hierarchy_of, joined, known_columns, released, spans
from guideit.deid.risk.offsets import with_offsets
from guideit.deid.risk.protect import Protected, alike_wanted, protect
from guideit.deid.table_dates import MISSING
from guideit.deid.tables import CleanTable
from guideit.trial.model import Column, Identity, Role, Site, Table, Trial
from guideit.trial.risk import Access, Coarser, Population, RiskSettings

DM = Table(
    id="dm",
    file="dm.csv",
    columns=(
        Column(name="ID", role=Role.IDENTIFIER),
        Column(name="AGE", role=Role.NUMBER, unit="a"),
        Column(name="SEX", role=Role.QUASI_IDENTIFIER),
        Column(name="SITE", role=Role.SITE),
        Column(name="RESPONSE", role=Role.OUTCOME),
    ),
)
VS = Table(
    id="vs",
    file="vs.csv",
    columns=(
        Column(name="ID", role=Role.IDENTIFIER),
        Column(name="VISIT", role=Role.VISIT),
        Column(name="ECOG", role=Role.QUASI_IDENTIFIER, coarser=Coarser.BANDS, widths=(2,)),
        Column(name="DAY", role=Role.DATE, coarser=Coarser.OFFSETS),
    ),
)
SITES = (Site(id="A", country="DE"), Site(id="B", country="DE"), Site(id="C", country="JP"))
TRIAL = Trial(
    trial=Identity(id="t", title="T"),
    sites=SITES,
    tables=(DM, VS),
    risk=RiskSettings(access=Access.CONTROLLED, blanked=0.3),
)


def clean(spec: Table, *rows: tuple[str, ...]) -> CleanTable:
    return CleanTable(
        id=spec.id,
        columns=tuple(column.name for column in spec.columns),
        rows=rows,
        dictionary=tuple({"name": column.name, "role": column.role.value} for column in spec.columns),
        changes={},
        held_rows=0,
        findings=(),
    )


def person(number: int, age: str, sex: str, site: str, ecog: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    first = (f"P{number}", age, sex, site, "PR")
    return (first, *((f"P{number}", f"V{n}", value, f"2020-01-{n + 1:02}") for n, value in enumerate(ecog)))


def two_tables(people: Sequence[tuple[str, str, str, tuple[str, ...]]]) -> list[CleanTable]:
    rows = [person(number, *told) for number, told in enumerate(people)]
    return [clean(DM, *(r[0] for r in rows)), clean(VS, *(row for r in rows for row in r[1:]))]


def run(tables: list[CleanTable], trial: Trial = TRIAL, population: int = 0) -> Protected:
    people = {row[0] for table in tables for row in table.rows}
    return protect(trial, tables, people, real_dates=False, population=population)


def plain_classes(tables: list[CleanTable] | tuple[CleanTable, ...]) -> Counter[tuple[object, ...]]:
    """Everybody with all that is known of them at every visit, the plain way."""
    known = {"dm": ("AGE", "SEX", "SITE"), "vs": ("ECOG",)}
    told: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for table in tables:
        for cells in table.rows:
            row = dict(zip(table.columns, cells, strict=True))
            for name in known[table.id]:
                told[row["ID"]][name] |= {(row.get("VISIT", ""), row[name])} if row[name] not in MISSING else set()
    each: list[tuple[object, ...]] = []
    for facts in told.values():
        plain = []
        for name in ("AGE", "SEX", "SITE", "ECOG"):
            values = {value for _, value in facts[name]}
            plain.append(frozenset(values) if len(values) < 2 else frozenset(facts[name]))
        each.append(tuple(plain))
    return Counter(each)


ONE = st.tuples(
    st.sampled_from(["61", "64", "79", "", "NA"]),
    st.sampled_from(["F", "M", "UNK"]),
    st.sampled_from(["A", "B", "C", ""]),
    st.lists(st.sampled_from(["0", "1", "2", ""]), max_size=2).map(tuple),
)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.lists(ONE, min_size=4, max_size=20))
def test_afterwards_nobody_stands_out_over_all_tables(people: list[tuple[str, str, str, tuple[str, ...]]]) -> None:
    tables = two_tables(people)
    done = run(tables)
    assert done.alike == 4
    if done.chosen is None and not done.findings:
        assert min(plain_classes(tables).values()) >= 4
        assert done.tables == tuple(tables)
        return
    assert done.chosen is not None
    assert min(plain_classes(done.tables).values()) >= 4
    assert len(done.chosen.blanked) <= 0.3 * len(people)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.lists(ONE, min_size=1, max_size=20))
def test_outcomes_ids_visits_and_the_number_of_rows_stay(people: list[tuple[str, str, str, tuple[str, ...]]]) -> None:
    tables = two_tables(people)
    for before, after in zip(tables, run(tables).tables, strict=True):
        for name in {"ID", "VISIT", "RESPONSE", "DAY"} & set(before.columns):
            at = before.columns.index(name)
            assert [row[at] for row in after.rows] == [row[at] for row in before.rows]


def test_each_table_is_safe_alone_and_both_together_are_not() -> None:
    """Four of each sex in one table, four of each ECOG in the other; joined, everybody is one of two."""
    people = [("61", sex, "A", (ecog,)) for sex in "FM" for ecog in "02" for _ in range(2)]
    tables = two_tables(people)
    assert run([tables[0]]).chosen is None
    assert run([tables[1]]).chosen is None
    done = run(tables)
    assert done.chosen is not None
    assert {f.rule for f in done.findings} == {"risk.table-coarsened"}
    assert not [f for f in done.findings if "61" in f.says or "F" in f.says.split()]


def test_the_order_of_visits_is_a_pattern() -> None:
    """First well then ill is not first ill then well, though the values are the same."""
    people = [("61", "F", "A", ("0", "2"))] * 4 + [("61", "F", "A", ("2", "0"))]
    assert sorted(plain_classes(two_tables(people)).values()) == [1, 4]
    assert run(two_tables(people)).chosen is not None


def test_the_dictionary_says_how_a_column_was_coarsened() -> None:
    people = [(str(age), "F", "A", ()) for age in range(60, 80)]
    done = run(two_tables(people))
    told = {c["name"]: c.get("coarsened") for c in done.tables[0].dictionary}
    assert told["AGE"] == "bands of 5 years"
    assert told["SEX"] is None
    assert {row[1] for row in done.tables[0].rows} == {"60-64", "65-69", "70-74", "75-79"}
    assert done.tables[0].changes[("AGE", "table.coarsened")] == 20


def test_a_trial_may_ask_for_coarser_columns_than_the_risk_does() -> None:
    """Level 2 of ages is bands of ten years; where more is needed, it goes on from there."""
    columns = tuple(replace(c, level=2) if c.name == "AGE" else c for c in DM.columns)
    trial = replace(TRIAL, tables=(replace(DM, columns=columns), VS))
    done = run(two_tables([("61", "F", "A", ())] * 5), trial)
    assert done.chosen is None
    assert {row[1] for row in done.tables[0].rows} == {"60-69"}
    assert done.tables[0].dictionary[1]["coarsened"] == "bands of 10 years"
    done = run(two_tables([(age, "F", "A", ()) for age in ("61", "71", "62", "72")]), trial)
    assert {row[1] for row in done.tables[0].rows} == {"60-79"}
    assert done.tables[0].dictionary[1]["coarsened"] == "bands of 20 years"


def test_words_for_missing_stay_words() -> None:
    people = [(age, "F", "A", ()) for age in ("60", "61", "62", "63", "NA", "NA", "NA", "NA")]
    assert [row[1] for row in run(two_tables(people)).tables[0].rows] == ["60-64"] * 4 + ["NA"] * 4


def test_too_few_people_are_left_as_they_are_and_said() -> None:
    people = [("61", "F", "A", ()), ("79", "M", "C", ())]
    done = run(two_tables(people))
    assert done.chosen is None
    (finding,) = done.findings
    assert finding.rule == "risk.table"
    assert "where 4 must be alike; no coarsening is enough for so few" in finding.says


def test_a_trial_may_refuse_coarsening() -> None:
    trial = replace(TRIAL, risk=replace(TRIAL.risk, coarsen=False))
    people = [(str(age), "F", "A", ()) for age in range(60, 80)]
    tables = two_tables(people)
    done = run(tables, trial)
    assert done.tables == tuple(tables)
    assert "they were not coarsened" in done.findings[0].says


@pytest.mark.parametrize(
    ("access", "population", "alike"),
    [(Access.PUBLIC, 0, 12), (Access.REGISTERED, 0, 7), (Access.CONTROLLED, 0, 4), (Access.ENCLAVE, 0, 2),
     (Access.PUBLIC, 9_000, 12), (Access.CONTROLLED, 9_000, 1), (Access.CONTROLLED, 150, 3)],
)  # fmt: skip
def test_who_may_have_the_data_says_how_many_must_be_alike(access: Access, population: int, alike: int) -> None:
    """Of a named population those bound by contract do not know who took part; anybody else may."""
    trial = replace(TRIAL, risk=RiskSettings(access=access, population=Population(name="all", size=population)))
    assert alike_wanted(trial, 100, population) == alike


def test_days_after_the_first() -> None:
    rows = [("P1", "V0", "1", "2020-01-05"), ("P1", "V1", "1", "2020-02-04"), ("P1", "V2", "1", "2020-03"),
            ("P2", "V0", "1", "NA"), ("X", "V0", "1", "2020-01-01")]  # fmt: skip
    (table,) = with_offsets(TRIAL, [clean(VS, *rows)], {"P1", "P2"})
    assert [row[3] for row in table.rows] == ["0", "30", "", "NA", ""]
    assert table.dictionary[3]["coarsened"] == "days after the participant's first day in any table"


def test_days_after_the_first_still_say_how_long_somebody_took_part() -> None:
    rows = [("P1", "V0", "1", "2020-01-05"), ("P1", "V1", "1", "2020-02-04"), ("P2", "V0", "1", "NA")]
    (table,) = with_offsets(TRIAL, [clean(VS, *rows)], {"P1", "P2"})
    assert spans(TRIAL, [released(VS, table.columns, table.rows, {"P1", "P2"})]) == {"P1": 30}
    assert spans(TRIAL, [released(VS, table.columns, rows, {"P1", "P2"})]) == {"P1": 30}


def test_whose_a_row_is_says_the_identifier_that_names_somebody() -> None:
    """A table may have other ids before the participant's."""
    spec = Table(
        id="ae",
        file="ae.csv",
        columns=(Column(name="DEVICE", role=Role.IDENTIFIER), Column(name="ID", role=Role.IDENTIFIER)),
    )
    found = released(spec, ("DEVICE", "ID"), [("ID-9", "P1"), ("ID-9", "P2"), ("ID-9", "ID-8")], {"P1", "P2"})
    assert list(found.owners) == ["P1", "P2", ""]


def test_who_is_in_one_table_only_misses_the_other() -> None:
    tables = [clean(DM, ("P1", "61", "F", "A", "PR")), clean(VS, ("P2", "V0", "1", "2020-01-01"))]
    seen = [released(s, t.columns, t.rows, {"P1", "P2"}) for s, t in zip((DM, VS), tables, strict=True)]
    everyone = joined(TRIAL, seen, [("dm", "SEX"), ("vs", "ECOG")])
    assert everyone.rows() == [("P1", "F", None), ("P2", None, "1")]


def test_what_people_may_know() -> None:
    """Ages whatever their role; days only if they are real; an arm is drawn by lot, and outcomes are learned."""
    names = [column.key for column in known_columns(TRIAL, real_dates=False)]
    assert names == ["dm:AGE", "dm:SEX", "dm:SITE", "vs:ECOG"]
    spec = replace(VS, columns=(*VS.columns, Column(name="SEEN", role=Role.DATE)))
    names = [column.key for column in known_columns(replace(TRIAL, tables=(spec,)), real_dates=True)]
    assert names == ["vs:ECOG", "vs:SEEN"]


def test_days_in_a_form_of_their_own_by_month() -> None:
    column = Column(name="SEEN", role=Role.DATE, date_format="DD.MM.YYYY")
    values = pl.Series(["31.05.2020", "soon", None])
    assert hierarchy_of(column, ()).at(values, 1).to_list() == ["2020-05", None, None]


def test_sites_by_country_unless_all_are_in_one() -> None:
    column = Column(name="SITE", role=Role.SITE)
    assert hierarchy_of(column, SITES).names == ("as it is", "country", "nothing")
    assert hierarchy_of(column, SITES[:2]).names == ("as it is", "nothing")
    assert hierarchy_of(replace(column, coarser=Coarser.NEVER), SITES).height == 0
