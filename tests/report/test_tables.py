"""coalitions/report/table.py and tables.py"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coalitions.report import study
from coalitions.report.table import UNIT, Column, Table, columns_csv, display
from coalitions.report.tables import tables
from coalitions.report.validation import MODEL, UNLISTED, WORDS


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
        "states",
        "validation",
        "holdout",
        "calibration",
        "coefficients",
        "terms",
        "definitions",
        "observed",
        "institutions",
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
    for name in ("worth", "low", "high", "by_theory"):
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


def test_validation_sets_the_model_and_its_variants_against_every_rule(together, given, region):
    frame = {table.name: table for table in tables(together)}["validation"].to_frame().set_index("ranking")
    backtest = given["validation"]
    expected = backtest.comparisons[region.name].to_frame()
    assert len(frame) == len(expected) + len(backtest.variants) + 1
    for name, row in expected.iterrows():
        own = frame.loc[WORDS[name]]
        assert (own["mean_rank_share"], own["low"], own["high"]) == (row["mean"], row["mean low"], row["mean high"])
        assert own["log_loss"] == row["log loss"]
        if name != MODEL:
            assert (own["model_ahead_by"], own["ahead_low"]) == (row["ahead by"], row["ahead by low"])
    bare = backtest.variants[UNLISTED][region.name].to_frame()
    assert frame.loc[WORDS[UNLISTED], "mean_rank_share"] == bare.loc[MODEL, "mean"]
    assert frame.loc[WORDS["past ties"], "unlisted_ahead_by"] == bare.loc["past ties", "ahead by"]
    assert frame.loc["by chance", "mean_rank_share"] == 0.5


def test_coefficients_stand_beside_their_priors_and_the_common_ones(together, given, region):
    frame = {table.name: table for table in tables(together)}["coefficients"].to_frame().set_index("term")
    joint = given["fit"]
    at = joint.regions.index(region.name)
    for k, name in enumerate(region.names):
        row = frame.loc[name]
        assert row["coefficient"] == given["coefficients"][name]
        if name == "setup":
            assert row["status"] == "anchored"
            assert row["low"] < row["coefficient"] < row["high"]
            assert np.isnan(row["shrinkage"])
        else:
            assert row["common"] == joint.common.coefficients[k]
            assert row["shrinkage"] == joint.shrinkage[at, k]
            assert row["moved"] == joint[region.name].moved[k]
            # the draws are from Student's t, whose spread is a little above the standard error
            assert row["standard_error"] == pytest.approx(joint[region.name].standard_errors[k], rel=0.15)
    assert set(frame["status"]) == {"estimated", "prior", "anchored"}


def test_calibration_holds_every_forecast_once(made, small):
    frame = made["calibration"].to_frame()
    told = small.validation.forecast
    assert frame["forecasts"].sum() == len(told.probabilities)
    assert (frame["forecast"] * frame["forecasts"]).sum() == pytest.approx(100 * told.probabilities.sum())
    assert (frame["happened"] * frame["forecasts"]).sum() == pytest.approx(100 * told.outcomes.sum())


def test_terms_carry_their_formulas_in_math_mode(made, region):
    frame = made["terms"].to_frame()
    assert frame["formula"].tolist() == [term.latex for term in region.terms]
    line = next(row for row in made["terms"].latex().splitlines() if row.startswith("ties &"))
    assert r"& $\frac{1}{k-1} \sum_{j \in S \setminus i} t_{ij}$ &" in line


def test_definitions_are_those_the_region_offers(small):
    class Defined:
        def __getattr__(self, name):
            return getattr(small.region, name)

        def definitions(self):
            return (("X_S", r"\sum_j x_j", "resources together"), ("x_j", "", "resources"))

    made = {table.name: table for table in tables(replace(small, region=Defined()))}
    assert made["definitions"].rows == (("X_S", r"\sum_j x_j", "resources together"), ("x_j", None, "resources"))


def test_institutions_are_those_of_the_interests_asked_for(region):
    few = study(region, max_size=3, groups=1, interests=["AP7"])
    made = {table.name: table for table in tables(few)}
    expected = {(b.name, b.relevance, b.acting) for b in region.panel.institutions if b.interest == "AP7"}
    assert expected
    assert {(row[0], row[2], row[5]) for row in made["institutions"].rows} == expected
    assert set(made["sweet_spot"].to_frame()["interest"]) == {"any", "AP7"}


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
        assert {line.count("&") for line in plain} == {len(table.columns) - 1}, table.name
        assert len(rows) in (len(table.rows) + 1, len(table.rows) + 2)
        assert not re.search(r"\bnan\b", table.latex())


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
