"""coalitions/report/table.py and tables.py"""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from coalitions.report import study
from coalitions.report.table import UNIT, Column, Table, columns_csv, display
from coalitions.report.tables import tables


@pytest.fixture(scope="module")
def made(small):
    return {table.name: table for table in tables(small)}


def test_the_tables_a_reader_asks_for_are_there(made):
    assert list(made) == [
        "groups",
        "members",
        "stability",
        "objections",
        "sweet_spot",
        "holdout",
        "validation",
        "coefficients",
        "states",
        "observed",
        "assumptions",
    ]


def test_csv_reads_back(made, small):
    for table in made.values():
        frame = pd.read_csv(io.StringIO(table.csv()))
        assert len(frame) == len(table.rows)
        assert list(frame.columns) == [column.name for column in table.columns]
        assert "\r" not in table.csv()
    groups = pd.read_csv(io.StringIO(made["groups"].csv()))
    assert groups["worth"].tolist() == pytest.approx([f.group.worth for f in small.findings], rel=1e-5)


def test_every_number_says_its_unit(made):
    for table in made.values():
        for k, column in enumerate(table.columns):
            assert column.meaning, (table.name, column.name)
            floats = any(isinstance(row[k], float) for row in table.rows)
            assert not floats or column.unit, (table.name, column.name)
    for name in ("worth", "low", "high", "standard_error"):
        assert next(c for c in made["groups"].columns if c.name == name).unit == UNIT
    rows = list(csv.reader(io.StringIO(columns_csv(made.values()))))
    assert rows[0] == ["table", "column", "unit", "meaning"]
    assert len(rows) == 1 + sum(len(table.columns) for table in made.values())


def test_a_second_run_writes_the_same_bytes(made, region):
    again = tables(study(region, max_size=3, groups=4, seed=3))
    assert [table.csv() for table in again] == [table.csv() for table in made.values()]
    assert [table.latex() for table in again] == [table.latex() for table in made.values()]


def test_gains_and_shares_sum_to_the_worth_of_each_group(made, small):
    frame = made["members"].to_frame()
    for finding in small.findings:
        own = frame[frame["group"] == finding.number]
        assert own["gain"].sum() == pytest.approx(finding.group.worth)
        assert own["shapley_share"].sum() == pytest.approx(finding.group.worth)
        assert own["difference"].sum() == pytest.approx(0, abs=1e-9)


def test_every_observed_group_is_used_or_says_why_not(made, region):
    frame = made["observed"].to_frame()
    assert set(frame["group"]) == {group.name for group in region.groups}
    assert (frame["reason"].isna() == frame["used"]).all()


def test_latex_is_a_booktabs_tabular(made):
    for table in made.values():
        lines = table.latex().splitlines()
        assert [line for line in lines if line.startswith("\\") and "rule" in line] == [
            "\\toprule",
            "\\midrule",
            "\\bottomrule",
        ]
        rows = [line for line in lines if line.endswith(r"\\")]
        plain = [line.replace(r"\&", "") for line in rows]
        assert {line.count("&") for line in plain} == {len(table.columns) - 1}
        assert len(rows) in (len(table.rows) + 1, len(table.rows) + 2)
        assert "nan" not in table.latex()


def test_latex_escapes_and_sets_numbers_right():
    table = Table("t", "T", (Column("a_b", "", "x"), Column("n", "%", "y")), (("R&D_1 50% {x}", -0.5), (None, 2.0)))
    text = table.latex()
    assert r"R\&D\_1 50\% \{x\} & $-$0.50 \\" in text
    assert "\\begin{tabular}{lr}" in text
    assert r"a b & n \\" in text
    assert r" & \% \\" in text


def test_what_is_missing_is_blank_and_rounding_noise_is_zero():
    table = Table("t", "T", (Column("x", "u", "x"),), ((float("nan"),), (-1e-15,), (1 / 3,), (True,)))
    assert table.csv().splitlines() == ["x", '""', "0", "0.333333", "yes"]
    assert display(-1e-12) == "0.00"
    assert display(float("nan")) == ""


def test_columns_can_be_picked(made):
    few = made["groups"].only("worth", "group")
    assert [column.name for column in few.columns] == ["worth", "group"]
    assert few.rows == tuple((row[5], row[0]) for row in made["groups"].rows)
    with pytest.raises(ValueError, match="wort"):
        made["groups"].only("wort")
