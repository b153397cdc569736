"""models/data_card.py"""

import csv
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from models import data_card as module
from models.data_card import data_card
from models.panel import DATA, load_panel

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "data-card.md"
CARD = data_card()


def test_the_page_is_the_card():
    """After a change of a table or of data/README.md: python -m models.data_card > docs/reference/data-card.md"""
    assert PAGE.read_text(encoding="utf-8") == CARD


def test_the_card_is_the_same_twice():
    assert data_card() == CARD


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_every_table_is_counted(path):
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    part = CARD.split(f"\n## {path.name}\n")[1].split("\n## ")[0]
    assert f"{len(rows):,} rows, {len(header)} columns" in part
    assert sha256(path.read_bytes()).hexdigest() in part
    assert f"Licence: {module.TERMS[path.name]}" in part
    for column, name in enumerate(header):
        line = next(line for line in part.splitlines() if line.startswith(f"| {name} |"))
        empty = sum(row[column] == "" for row in rows) / len(rows)
        assert f"| {empty:.1%} |" in line if empty else "| 0 |" in line


def test_columns_of_figures_have_unit_source_and_licence():
    part = CARD.split("\n## panel.csv\n")[1].split("\n## ")[0]
    for name in (*load_panel().columns, "gdp_source"):
        line = next(line for line in part.splitlines() if line.startswith(f"| {name} |"))
        assert all(cell.strip() for cell in line.strip("|").split(" | ")), line


def test_missing_figures_by_column_and_state():
    panel = load_panel()
    figures = CARD.split("## Figures by state and year")[1].split("\n## ")[0]
    gdp = panel.columns["gdp_usd"]
    line = next(line for line in figures.splitlines() if line.startswith("| gdp_usd |"))
    assert f"| {np.isnan(gdp).mean():.1%} |" in line
    unanswered = np.mean([np.isnan(panel.vector("gdp_usd", panel.states, year)).mean() for year in panel.years])
    assert f"| {unanswered:.1%} |" in line
    taiwan = next(line for line in figures.splitlines() if line.startswith("| TWN |")).strip("|").split(" | ")
    assert taiwan[2 + list(panel.columns).index("ideal_point")].strip() == "100.0%"
    assert "| TWN, XKX |" in figures


def test_own_figures_appear_with_their_digest():
    own = load_panel().with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.033}])
    card = data_card(own)
    assert own.sources["own figures 1"] in card
    assert "| cinc | 2020 | 2020 | 1 |" in card
    assert "own figures" not in CARD


@pytest.mark.parametrize(
    ("name", "heading", "words"),
    [
        ("extra.csv", "", "has no section that names extra.csv"),
        ("extra.csv", "\n## extra.csv: more\n\nOurs.\n", "extra.csv has no licence"),
    ],
)
def test_a_table_without_a_description_is_an_error(tmp_path, monkeypatch, name, heading, words):
    for path in DATA.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    readme = tmp_path / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + heading, encoding="utf-8")
    monkeypatch.setattr(module, "DATA", tmp_path)
    with pytest.raises(ValueError, match=words):
        data_card()
