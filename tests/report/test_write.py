"""coalitions/report/write.py and page.py"""

from __future__ import annotations

import errno
import json
import os
import re
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from coalitions.calibration.comparison import Rival, compare
from coalitions.calibration.validation import forecast
from coalitions.report import write
from coalitions.report.figures import figures
from coalitions.report.page import page as html_page
from coalitions.report.tables import tables
from coalitions.report.validation import Validation, observed
from coalitions.report.write import put_all

FILES = {"tables/a.csv": b"a\n", "tables/b.csv": b"b\n", "report.html": b"<p>", "manifest.json": b"{}"}


@pytest.fixture(scope="module")
def folder(small, tmp_path_factory):
    target = tmp_path_factory.mktemp("report") / "new"
    assert write(small, target) == target / "report.html"
    return target


def everything(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- what is written


def test_a_report_is_page_tables_figures_and_manifest(folder):
    names = set(everything(folder))
    assert {"report.html", "manifest.json", "tables/columns.csv", "tables/groups.csv", "tables/groups.tex"} <= names
    assert {
        f"figures/{n}.{k}" for n in ("plan", "shares", "sweet_spot", "validation", "holdout") for k in ("svg", "pdf")
    } <= names
    assert not [name for name in names if name.endswith(".part")]


def test_the_manifest_vouches_for_every_file(folder, small, region):
    found = everything(folder)
    manifest = json.loads(found.pop("manifest.json"))
    assert {name: entry["sha256"] for name, entry in manifest["outputs"].items()} == {
        name: sha256(content).hexdigest() for name, content in found.items()
    }
    assert manifest["arguments"] == {
        "region": "asia-pacific",
        "year": 2024,
        "interests": [interest.id for interest in region.interests],
        "fitted_with": [],
        "max_size": 3,
        "groups": 4,
        "seed": 3,
    }
    assert manifest["inputs_sha256"] == dict(region.panel.sources)
    assert manifest["plan"]["gap"] == small.plan.gap
    assert manifest["plan"]["proven"] is True
    assert {"python", "numpy", "highspy", "matplotlib"} <= set(manifest["versions"])
    assert manifest["seconds"]["writing"] > 0


def test_only_the_manifest_differs_on_a_second_run(folder, small, tmp_path):
    write(small, tmp_path / "again")
    one, other = everything(folder), everything(tmp_path / "again")
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == ["manifest.json"]


# --- the page


class Reader(HTMLParser):
    """Checks nesting, and collects what a page would fetch and what it says."""

    VOID = frozenset({"meta", "br", "link", "img", "path", "use", "rect"})

    def __init__(self):
        super().__init__()
        self.open, self.links, self.text, self.heads = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [(tag, value) for name, value in attrs if name in ("src", "href", "srcset", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.links += [(tag, value) for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1] == "h2":
            self.heads.append(data)


@pytest.fixture(scope="module")
def page(folder):
    reader = Reader()
    reader.feed((folder / "report.html").read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_from_elsewhere(page, folder):
    for tag, link in page.links:
        assert not re.match(r"[a-z]+:", link), (tag, link)
        if not link.startswith("#"):
            assert tag == "a"
            assert (folder / link).is_file(), link
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "@import" not in html
    assert html.count("<figure") == 5
    assert html.count("<svg") == 5 + html.count('<svg class="formula"')


def test_the_page_answers_in_order_and_names_its_unit(page, small):
    text = " ".join("".join(page.text).split())
    assert page.heads == [
        "What was asked",
        "The plan",
        "Would they hold?",
        "The sweet spot",
        "How far to believe it",
        "Coefficients",
        "Method and references",
        "Reproduction",
    ]
    assert "Every worth and every gain is in log-odds" in text
    for finding in small.findings:
        assert finding.group.name in text
    for words in (
        "Only successes were seen",
        "No forecast of war",
        "analyst's reading",
        "people who knew which groups",
    ):
        assert words in text
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_the_page_says_what_the_zero_means_and_what_theory_would_say(page, small):
    text = " ".join("".join(page.text).split())
    used = small.coefficients
    assert (
        f"at {used.cost:.2f} log-odds a group, {used.paying} of the {used.founded} groups founded here by 2024" in text
    )
    agree = sum(f.by_theory > 0 for f in small.findings)
    assert f"{agree} of the 4 groups would pay as well" in text
    assert f"of {small.pairs.total:,} pairs (one for each interest both may join) {small.pairs.paying:,} are" in text
    assert "coalitions report asia-pacific --year 2024 --max-size 3 --groups 4 --seed 3 --alone" in text


def words_of(study):
    reader = Reader()
    reader.feed(html_page(study, tables(study), figures(study), {"python": "3"}))
    assert reader.open == []
    return " ".join("".join(reader.text).split())


def test_the_page_of_regions_fitted_together_goes_by_the_harder_test(together):
    text = words_of(together)
    bare = together.validation.variants["unlisted"]
    found = bare.estimates()["model"]["mean"]
    assert "and those of middle-east and europe" in text
    assert f"Without the lists anywhere it is {found.value:.0%} ({found.low:.0%} to {found.high:.0%})" in text
    assert f"clearly ahead of {len(bare.behind)} of 9 rules and clearly behind 3: small groups shared before" in text
    margins = [row["ahead by"].high for row in bare.estimates().values() if "ahead by" in row]
    assert sum(high < 0 for high in margins) == 3
    three = together.validation.estimates["model"]["three terms"]["mean"].value
    assert f"Three of the model's terms alone, stake, nearness and past ties, reach {three:.0%}" in text
    assert "That is the harder test, and the one to go by" in text
    assert "--alone" not in text
    for term in together.region.terms:
        assert term.story in text
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_the_page_of_a_region_that_was_not_tested_says_so(world):
    text = words_of(world)
    assert "Not tested: global-order has groups of 0 circles of founders by 2014" in text
    assert "Whether they hold here nobody has checked" in text
    assert "is not told by groups of this region; it was given, from where groups were founded" in text
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_one_later_group_is_too_few_for_an_interval(small, region):
    test = region.choice_data(since=2015, data_year=2014)
    told = forecast(observed(test)[:1], len(region.states), lambda m, c: region.features(m, *c), small.fit)
    one = Validation(
        design="one",
        comparison=compare([Rival("model", told.ranks, told.log_loss)], told.uniform_log_loss),
        variants={},
        forecast=told,
        starts=(2015,),
        interests=("AP1",),
        trained=11,
    )
    text = words_of(replace(small, validation=one))
    assert "differ from it in one member (too few for an interval; chance is 50%)." in text
    assert "clearly ahead" not in text.split("Limits")[0].split("How far to believe it")[-1].split("Filled")[0]
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_formulas_are_set_in_the_page(folder, region):
    html = (folder / "report.html").read_text(encoding="utf-8")
    labels = {unescape(label) for label in re.findall(r'<svg class="formula" role="img" aria-label="([^"]*)"', html)}
    assert {term.latex for term in region.terms} <= labels
    assert "<code>\\frac" not in html


def test_table_heads_and_cells_match(folder):
    html = (folder / "report.html").read_text(encoding="utf-8")
    for table in re.findall(r"<table>.*?</table>", html, re.S):
        heads = table.count("<th ")
        rows = table.split("<tbody>")[1].count("<tr>")
        assert table.count("<td") == heads * rows
    groups = re.search(r"<caption>The plan: its groups.*?</table>", html, re.S).group()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", groups.split("<tbody>")[1])
    assert re.fullmatch(r"\d+\.\d\d", cells[3])  # the worth stands under the head of the worth


def test_the_page_escapes_what_a_region_calls_itself(small):

    other = replace(small, region=replace(small.region, title="<b>A & B</b>"))

    html = html_page(other, tables(other), figures(small), {"python": "3"})
    assert "<b>A & B</b>" not in html
    assert "&lt;b&gt;A &amp; B&lt;/b&gt; 2024" in html


def test_a_plan_without_groups_is_reported_too(small):

    bare = replace(small, findings=(), plan=replace(small.plan, groups=(), worth=0.0, bound=0.0))
    drawn = figures(bare)
    assert [each.name for each in drawn] == ["plan", "sweet_spot", "validation", "holdout"]
    html = html_page(bare, tables(bare), drawn, {"python": "3"})
    assert "No group of this size is worth more than its members acting alone." in html
    assert "Would they hold?</h2>" not in html


def test_input_hashes_are_those_of_the_tables(region):
    for name, digest in region.panel.sources.items():
        assert sha256((files("models") / "data" / name).read_bytes()).hexdigest() == digest
    own = region.panel.with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.03}])
    other = region.panel.with_columns([{"iso3": "JPN", "year": 2020, "cinc": 0.04}])
    assert set(own.sources) - set(region.panel.sources) == {"own figures 1"}
    assert own.sources["own figures 1"] != other.sources["own figures 1"]


# --- refusals and accidents


def test_refuses_a_directory_that_is_not_empty(small, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match=f"{re.escape(str(tmp_path))} is not empty.*--force"):
        write(small, tmp_path)
    assert everything(tmp_path) == {"mine.txt": b"keep"}


def test_force_replaces_its_own_files_and_leaves_the_rest(small, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "report.html").write_text("old")
    write(small, tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_refuses_a_file_as_directory(small, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileExistsError, match="out is a file"):
        write(small, tmp_path / "out", force=True)


@pytest.mark.parametrize("accident", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [1, 3, 4])
def test_an_accident_half_way_leaves_things_as_they_were(tmp_path, monkeypatch, accident, at):
    old = {"report.html": b"old page", "tables/a.csv": b"old table", "mine.txt": b"keep"}
    (tmp_path / "tables").mkdir()
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == at:
            raise accident

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(type(accident)):
        put_all(tmp_path, FILES)
    assert len(calls) == at
    assert everything(tmp_path) == old


def test_an_accident_in_a_new_place_leaves_no_trace(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put_all(tmp_path / "deep" / "er", FILES)
    assert list(tmp_path.iterdir()) == []


def test_an_accident_while_renaming_leaves_whole_files_only(tmp_path, monkeypatch):
    real, calls = os.replace, []

    def rename(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", rename)
    with pytest.raises(KeyboardInterrupt):
        put_all(tmp_path, FILES)
    assert everything(tmp_path) == {"tables/a.csv": b"a\n", "tables/b.csv": b"b\n"}  # and no manifest


def test_a_directory_in_the_way_is_named_and_kept(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(IsADirectoryError, match=r"report\.html is a directory"):
        put_all(tmp_path, FILES)
    assert everything(tmp_path) == {}
    assert (tmp_path / "report.html").is_dir()


def test_files_have_the_usual_permissions(tmp_path):
    put_all(tmp_path, FILES)
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "report.html").stat().st_mode == (tmp_path / "plain").stat().st_mode
