"""coalitions/files.py"""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from strategies import exact_games, games

from coalitions import CoalitionError, Game, TooLargeError, WorthError
from coalitions.files import read_game


@pytest.fixture
def put(tmp_path):
    def write(text, name="game.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


# --- shapes a file may have

PACT = Game(["AUS", "JPN", "USA"], [0, 0, 0, 2, 0, 4, 6, 12])
LISTED = "AUS JPN,2\nAUS USA,4\nJPN USA,6\nAUS JPN USA,12\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("coalition,worth\n" + LISTED, "a.csv"),
        ("worth,coalition\n2,AUS;JPN\n4, AUS ; USA\n6,JPN;USA\n12,AUS;JPN;USA\n", "a.csv"),
        ('coalition,worth\n"AUS,JPN",2\n"AUS, USA",4\n"JPN,USA",6\n"AUS,JPN,USA",12\n', "a.txt"),
        ("\ufeffcoalition,worth\r\n,0\r\n\r\n" + LISTED.replace("\n", "\r\n"), "a.csv"),
        ("AUS,JPN,USA,worth\n1,1,0,2\n1,0,1,4\n0,1,1,6\n1,1,1,12\n", "a.csv"),
        ("AUS,worth,JPN,USA\n1,2,1,0\n1,4,0,1\n0,6,1,1\n1,12,1,1\n", "a.csv"),
        ('{"worths": {"AUS JPN": 2, "AUS USA": 4, "JPN USA": 6, "AUS JPN USA": "12"}}', "a.json"),
        ('{"players": ["AUS", "JPN", "USA"], "worths": [0, 0, 0, 2, 0, 4, 6, 12]}', "a.JSON"),
    ],
)
def test_reads_every_shape(put, text, name):
    assert read_game(put(text, name), missing=0) == PACT


def test_names_may_hold_spaces_where_a_semicolon_separates(put):
    text = "coalition,worth\nSouth Korea,1\nJapan,0\nSouth Korea;Japan,3\n"
    game = read_game(put(text))
    assert game.players == ("South Korea", "Japan")
    assert game["South Korea", "Japan"] == 3


def test_fractions_make_everything_exact(put):
    game = read_game(put("coalition,worth\nA,0.1\nB,1/3\nA B,-2e-1\n"))
    assert game.is_exact
    assert game.worths.tolist() == [0, Fraction(1, 10), Fraction(1, 3), Fraction(-1, 5)]
    table = read_game(put('{"players": ["A"], "worths": [0, "1/3"]}', "a.json"))
    assert table["A"] == Fraction(1, 3)
    assert read_game(put("coalition,worth\nA,1\nA B,2\n"), missing="1/7")["B"] == Fraction(1, 7)


def test_players_of_json_give_the_order_and_may_be_idle(put):
    game = read_game(put('{"players": ["USA", "AUS", "FJI"], "worths": {"AUS USA": 1}}', "a.json"), missing=0)
    assert game.players == ("USA", "AUS", "FJI")
    assert game["AUS", "USA"] == 1


# --- agreement


@given(game=games())
def test_reads_back_what_a_frame_writes(game, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "game.csv"
    game.to_frame().to_csv(path, index=False)
    assert np.array_equal(read_game(path).worths, game.worths)


@given(game=exact_games())
def test_reads_back_exact_worths_from_json(game, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "game.json"
    path.write_text(json.dumps({"players": game.players, "worths": [str(worth) for worth in game.worths]}))
    assert read_game(path).worths.tolist() == game.worths.tolist()


# --- refusals


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", WorthError, r"game\.csv: the file is empty"),
        ("a,b\n1,2\n", WorthError, r"line 1: no column 'worth' in 'a', 'b'"),
        ("coalition,worth\nA,1,2\n", WorthError, "line 2: 3 cells under 2 columns"),
        ("coalition,worth\n\nA,one\n", WorthError, "line 3: 'one' is not a number"),
        ("coalition,worth\nA,nan\n", WorthError, "line 2: the worth is nan; it must be finite"),
        ("coalition,worth\nA,-inf\n", WorthError, "line 2: the worth is -inf"),
        ("coalition,worth\nA,1e999\n", WorthError, "line 2: the worth is 1e999"),
        ("coalition,worth\nA,1/0\n", WorthError, "line 2: 1/0 divides by 0"),
        ("coalition,worth\nA,1/2\nB,1e999999999\n", WorthError, "line 3: 1e999999999 has too many digits"),
        ("coalition,worth\nA,1/2\nB,nan\n", WorthError, "line 3: 'nan' is not a number"),
        ("coalition,worth\nA,\n", WorthError, "line 2: '' is not a number"),
        (
            "coalition,worth\nA B,1\nB A,1\n",
            WorthError,
            r"line 3: the coalition \('B', 'A'\) was there before, at line 2",
        ),
        ("coalition,worth\nA A,1\n", CoalitionError, "game.csv: player 'A' is named twice"),
        ("coalition,worth\nA,1\nB,2\n", WorthError, r"no worth for \('A', 'B'\)"),
        ("coalition,worth\n,0\n", WorthError, "no coalition has a member"),
        ("coalition,worth\n,1\nA,1\n", WorthError, "the empty coalition is worth 1"),
        ("A,B,worth\n1,2,3\n", WorthError, "line 2: column 'B' is '2', not 0 or 1"),
        ("A,A,worth\n1,1,3\n", CoalitionError, "player 'A' is there twice"),
        ('coalition,worth\n"A,1\n', WorthError, "line 2: unexpected end of data"),
        (b"coalition,worth\n\xff,1\n", WorthError, "byte 16 is not UTF-8"),
    ],
)
def test_refuses_csv(put, text, error, words):
    with pytest.raises(error, match=words):
        read_game(put(text))


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("{", WorthError, r"game\.json: line 1: Expecting property name"),
        ("[1]", WorthError, r'give \{"players"'),
        ('{"players": ["A"]}', WorthError, r'give \{"players"'),
        ('{"players": "A", "worths": [0, 1]}', WorthError, "players is 'A'; give a list of names"),
        ('{"players": [["A"]], "worths": [0, 1]}', WorthError, "give a list of names"),
        ('{"players": ["A"], "worths": [0, 1, 2]}', WorthError, "1 players have 2"),
        ('{"players": ["A"], "worths": [0, NaN]}', WorthError, "worth 1: the worth is NaN"),
        ('{"players": ["A"], "worths": [0, null]}', WorthError, "worth 1: null is not a number"),
        ('{"players": ["A"], "worths": [0, true]}', WorthError, "worth 1: true is not a number"),
        ('{"worths": {"A": [1]}}', WorthError, r"'A': \[\"1\"\] is not a number"),
        ('{"worths": {"A": 1, "A": 2}}', WorthError, "the key 'A' is there twice"),
        ('{"players": ["AUS"], "worths": {"AUZ": 1}}', CoalitionError, "unknown player 'AUZ'; did you mean 'AUS'"),
        ("[" * 100_000, WorthError, "nested too deeply"),
    ],
)
def test_refuses_json(put, text, error, words):
    with pytest.raises(error, match=words):
        read_game(put(text, "game.json"))


def test_refuses_more_players_than_a_table_holds(put):
    names = " ".join(f"S{k}" for k in range(40))
    with pytest.raises(TooLargeError, match="40 players have"):
        read_game(put(f"coalition,worth\n{names},1\n"), missing=0)


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_game(tmp_path / "none.csv")
