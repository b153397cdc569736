"""coalitions/cli.py"""

from __future__ import annotations

import errno
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import EntryPoint

import pytest

import coalitions
import coalitions.report
from coalitions import cli
from coalitions.errors import SolverError

ENTRY = EntryPoint("asia-pacific", "models.asia_pacific:region", cli.MODELS)
PACT = "coalition,worth\nAUS JPN,2\nAUS USA,4\nJPN USA,6\nAUS JPN USA,12\n"


def offer(monkeypatch, models):
    def entry_points(**selection):
        return models if selection.get("group") == cli.MODELS else importlib.metadata.EntryPoints()

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """The model as if the package were installed, whether or not it is."""
    offer(monkeypatch, [ENTRY])


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.app([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def pact(tmp_path):
    path = tmp_path / "pact.csv"
    path.write_text(PACT)
    return path


# --- report


def test_report_writes_and_sums_up(run, tmp_path):
    out = tmp_path / "here"
    code, words, err = run("report", "asia-pacific", "--out", out, "--max-size", 3, "--groups", 2, "--seed", 1)
    assert (code, err) == (0, "")
    assert "Asia-Pacific 2024: 2 groups from 60,095 candidates" in words
    assert "proven best" in " ".join(words.split())
    assert "USA-JPN-KOR" in words
    assert "log-odds" in words
    assert "the model 92%, the model without lists of stakeholders 86%" in " ".join(words.split())
    assert str(out / "report.html") in words
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["arguments"] == {
        "region": "asia-pacific",
        "year": 2024,
        "interests": [f"AP{k}" for k in range(1, 10)],
        "fitted_with": ["asia-pacific", "middle-east", "europe"],
        "max_size": 3,
        "groups": 2,
        "seed": 1,
    }
    code, _, err = run("report", "asia-pacific", "--out", out)
    assert code == 2
    assert err.startswith(f"error: {out} is not empty")
    assert "--force" in err


def test_a_region_can_be_fitted_alone_and_asked_about_some_interests(run, tmp_path):
    out = tmp_path / "here"
    few = ("--max-size", 3, "--groups", 2)
    code, words, err = run("report", "asia-pacific", "--out", out, *few, "--alone", "--interest", "AP5*")
    assert (code, err) == (0, "")
    assert "AP5*" in words
    arguments = json.loads((out / "manifest.json").read_text())["arguments"]
    assert (arguments["interests"], arguments["fitted_with"]) == (["AP5*"], [])


def test_a_model_whose_package_has_no_evidence_is_fitted_alone(monkeypatch):
    offer(monkeypatch, [EntryPoint("mine", "json.decoder:JSONDecoder", cli.MODELS), ENTRY])
    assert cli._evidence_of("mine") is None
    assert cli._evidence_of("asia-pacific").__module__ == "models.evidence"


def test_report_goes_to_a_directory_named_after_the_region(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report-asia-pacific").mkdir()
    (tmp_path / "report-asia-pacific" / "mine").write_text("")
    code, _, err = run("report", "asia-pacific")
    assert code == 2
    assert err.startswith("error: report-asia-pacific is not empty")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["asia-pacfic"], "error: no model 'asia-pacfic'; did you mean 'asia-pacific'?"),
        (["atlantis"], "error: no model 'atlantis'; there are: asia-pacific"),
        (["asia-pacific", "--year", 2050], "error: year 2050 is outside the panel, which runs from 1990 to 2024"),
        (["asia-pacific", "--max-size", 2], "error: max_size is 2; it must lie between 3 and 36"),
        (["asia-pacific", "--groups", 0], "error: groups is 0"),
        (["asia-pacific", "--year", 1992], "error: year 1992: too few groups were founded by then to fit regions"),
        (["asia-pacific", "--year", 1992, "--alone"], "error: year 1992: 1 observed groups can be fitted by then"),
        (["asia-pacific", "--interest", "APP1"], "error: asia-pacific has no interest 'APP1'; did you mean 'AP1'?"),
        (["asia-pacific", "--interest", "AP7*"], "error: interest 'AP7*' of asia-pacific would be 'AP7' with nobody"),
        (["asia-pacific", "--interest", "ME4*"], "error: asia-pacific has no interest 'ME4*'; it has AP1, AP2"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("report", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(words)
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("accident", "code", "line"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.part"), 2, "error: x.part: No space left on device\n"),
        (SolverError("HiGHS\nfailed"), 2, "error: HiGHS failed\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
    ],
)
def test_accidents_end_in_one_line(run, tmp_path, monkeypatch, accident, code, line):
    def fail(*arguments, **options):
        raise accident

    before = signal.getsignal(signal.SIGINT)  # ignored in a shell's background job
    monkeypatch.setattr(coalitions.report, "study", fail)
    assert run("report", "asia-pacific", "--alone", "--out", tmp_path / "r") == (code, "", line)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_swallowed_ctrl_c_still_ends_the_report(run, tmp_path, monkeypatch):
    def study(model, *, progress, **options):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass  # as the linear program does, to give its best plan so far
        progress("next step", 0.5)
        raise AssertionError("went on after Ctrl-C")

    monkeypatch.setattr(coalitions.report, "study", study)
    assert run("report", "asia-pacific", "--alone", "--out", tmp_path / "r")[0] == 130


def test_ctrl_c_in_a_real_run_leaves_nothing(tmp_path):
    code = (
        "import importlib.metadata as m; "
        f"m.entry_points = lambda **_: [m.EntryPoint({ENTRY.name!r}, {ENTRY.value!r}, {ENTRY.group!r})]; "
        "from coalitions.cli import main; print('ready', flush=True); main()"
    )
    command = [sys.executable, "-c", code, "report", "asia-pacific", "--out", str(tmp_path / "r")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(1.5)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err == "stopped\n"
    assert not (tmp_path / "r").exists()


# --- models, version


def test_models_are_listed_with_what_they_hold(run):
    code, out, _ = run("models")
    assert code == 0
    assert "asia-pacific" in out
    assert out.split()[-5:] == ["asia-pacific", "Asia-Pacific", "36", "9", "1990-2024"]


def test_no_model_installed_is_said(run, monkeypatch):
    offer(monkeypatch, [])
    assert "no models are installed" in run("models")[1]
    assert "none is installed" in run("report", "asia-pacific")[2]


def test_version(run):
    assert run("--version") == (0, f"coalitions {coalitions.__version__}\n", "")


# --- solve


def test_solve_prints_every_solution(run, pact):
    code, out, err = run("solve", pact, "--missing", 0)
    assert (code, err) == (0, "")
    assert ["AUS", "3", "25.0%"] in [line.split() for line in out.splitlines()]
    for words in ("Shapley value", "Banzhaf value", "core of 3 players", "least core", "cost of stability", "optimal"):
        assert words in out


def test_solve_gives_json_with_exact_numbers_as_text(run, pact):
    arguments = ("--missing", "1/3", "--format", "json")
    code, out, _ = run("solve", pact, *arguments, "--solution", "shapley", "--solution", "structure")
    answer = json.loads(out)
    assert code == 0
    assert list(answer) == ["players", "shapley", "structure"]
    assert answer["shapley"]["payoffs"] == {"AUS": "3", "JPN": "4", "USA": "5"}
    assert answer["structure"]["worth"] == "12"


def test_solve_json_holds_every_solution_and_no_infinity(run, tmp_path):
    (tmp_path / "one.csv").write_text("coalition,worth\nAUS,2\n")
    code, out, _ = run("solve", tmp_path / "one.csv", "--format", "json")
    answer = json.loads(out, parse_constant=lambda word: pytest.fail(word))
    assert code == 0
    assert set(answer) == {"players", *cli.SOLUTIONS}
    assert answer["least-core"]["epsilon"] is None
    assert answer["core"] == {"empty": False, "point": {"AUS": 2.0}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], r"error: pact.csv: no worth for ('AUS',) and 2 more coalitions"),
        (["--missing", "x"], "error: pact.csv: the worth of missing coalitions: 'x' is not a number"),
        (["--missing", 0, "--solution", "shaply"], "error: no solution 'shaply'; did you mean 'shapley'?"),
        (["--missing", 0, "--format", "xml"], "error: format is 'xml'; it must be text or json"),
    ],
)
def test_solve_refuses_in_one_line(run, pact, arguments, words):
    code, out, err = run("solve", pact, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(words)
    assert err.count("\n") == 1


def test_solve_names_a_file_that_is_not_there(run, tmp_path):
    code, _, err = run("solve", tmp_path / "none.csv")
    assert code == 2
    assert err == f"error: {tmp_path / 'none.csv'}: No such file or directory\n"
