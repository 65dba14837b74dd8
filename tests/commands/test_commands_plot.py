"""``casapilot plot``: what it prints and refuses; CASA's process is played by canned answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from casapilot.tui.cli import main

sys.path.insert(0, str(Path(__file__).parents[1] / "plot"))
from plot_data import flags, tsys

FAKE = """#!{python}
import json, sys
asked = json.load(sys.stdin)
open({log!r}, "w").write(json.dumps(asked))
print(open({answer!r}).read())
"""


@pytest.fixture
def casa(tmp_path, monkeypatch):
    """Set what CASA's process answers; a caltable to ask for is there."""
    (tmp_path / "X.tsys").mkdir()
    (tmp_path / "X.tsys" / "table.dat").write_text("")
    fake = tmp_path / "python"
    log, said = tmp_path / "asked.json", tmp_path / "answer.json"
    fake.write_text(FAKE.format(python=sys.executable, log=str(log), answer=str(said)))
    fake.chmod(0o755)
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", str(fake))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def answering(data: object) -> Path:
        said.write_text(json.dumps(data))
        return log

    return answering


def test_piped_it_is_a_page_of_80_by_24_without_colour(casa, capsys):
    casa(tsys())
    assert main(["plot", "X.tsys"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("! DV09")
    assert "\x1b" not in "".join(lines)


def test_what_is_asked_for_reaches_casa(casa, capsys):
    log = casa(tsys())
    words = ["--antenna", "DV09,DA41", "--spw", "17~19", "--x", "time", "--page", "2", "--by-name"]
    main(["plot", "X.tsys", *words, "--overlay", "antenna"])
    asked = json.loads(log.read_text())
    assert asked["table"] == str(Path("X.tsys").absolute())
    assert (asked["antenna"], asked["spw"], asked["overlay"]) == (["DV09", "DA41"], ["17~19"], ["antenna"])
    assert (asked["x"], asked["order"], asked["start"], asked["limit"]) == ("time", "name", 6, 6)
    capsys.readouterr()


def test_json_is_the_answer_as_it_came(casa, capsys):
    casa(tsys())
    main(["plot", "X.tsys", "--json"])
    assert json.loads(capsys.readouterr().out) == tsys()


def test_a_picture_that_is_there_is_written_over_only_by_force(casa, capsys, tmp_path):
    log = casa(tsys())
    (tmp_path / "x.png").write_bytes(b"mine")
    assert main(["plot", "X.tsys", "--png", "x.png"]) == 2
    assert "--force" in capsys.readouterr().err
    assert not log.exists()
    assert main(["plot", "X.tsys", "--png", "x.png", "--force"]) == 0
    assert "wrote over x.png" in capsys.readouterr().err
    assert json.loads(log.read_text())["png"] == str(tmp_path / "x.png")


def test_ascii_is_ascii(casa, capsys):
    casa(tsys())
    main(["plot", "X.tsys", "--ascii"])
    assert capsys.readouterr().out.isascii()


def test_flags_are_a_table(casa, capsys):
    casa(flags())
    main(["plot", "X.tsys"])
    assert capsys.readouterr().out.splitlines()[2].startswith("DV09")


def test_text_of_others_is_shown_without_what_a_terminal_would_obey(casa, capsys):
    casa({**tsys(), "table": "\x1b]0;evil\x07.tsys"})
    main(["plot", "X.tsys"])
    assert "\x1b" not in capsys.readouterr().out


def test_an_error_of_casa_is_told_with_its_exit_code(casa, capsys):
    casa(
        {
            "error": "there is no antenna 'DV9'",
            "where": "X.tsys",
            "todo": "Did you mean DV09?",
            "kind": "UsageError",
        }
    )
    assert main(["plot", "X.tsys", "--antenna", "DV9"]) == 2
    assert "Did you mean DV09?" in capsys.readouterr().err


def test_a_process_that_says_nothing_is_an_error_of_casa(casa, capsys):
    Path("answer.json").write_text("not json")
    assert main(["plot", "X.tsys"]) == 4
    assert "casapilot doctor" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["X.nope/x"], ["."], ["X.tsys", "--size", "80"], ["X.tsys", "--size", "5x5"], ["X.tsys", "--page", "0"]],
)
def test_what_cannot_be_meant_is_refused(casa, capsys, words):
    casa(tsys())
    assert main(["plot", *words]) == 2
    assert capsys.readouterr().err.startswith("casapilot: ")
