"""`casapilot simulate`: where it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from casapilot.steps.errors import MousError
from casapilot.steps.mous.aot import read_aot
from casapilot.steps.simulate.main import check_folder
from casapilot.tui.cli import main

SMALL = ["--ebs", "1", "--antennas", "4", "--channels", "16", "--cycles", "1"]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("mine")
    assert main(["simulate", str(tmp_path), *SMALL]) == 2
    assert "not empty" in capsys.readouterr().err
    assert names(tmp_path) == {"thesis.tex"}


def test_a_file_or_a_dangling_link_is_no_folder_to_write_to(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(MousError, match="not a folder"):
            check_folder(tmp_path / name)


@pytest.mark.parametrize(
    "words", [["--defects", "quark"], ["--ebs", "0"], ["--array", "7m", "--antennas", "30"]]
)
def test_what_makes_no_sense_is_refused_before_casa_starts(tmp_path, capsys, words, monkeypatch):
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", "/nonexistent/python")
    assert main(["simulate", str(tmp_path / "new"), *words]) == 2
    assert "casapilot: Usage:" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_python_that_is_not_there_is_said_and_nothing_is_left(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", "/nonexistent/python")
    assert main(["simulate", str(tmp_path / "new"), *SMALL]) == 4
    assert "/nonexistent/python" in capsys.readouterr().err
    assert names(tmp_path) == set()


@pytest.mark.casa
def test_a_member_ous_is_written_once_with_its_truth(tmp_path, capsys):
    folder = tmp_path / "mous"
    assert main(["simulate", str(folder), *SMALL, "--defects", "antpos", "--json"]) == 0
    out, err = capsys.readouterr()
    said = json.loads(out)
    (asdm,) = map(Path, said["asdms"])
    assert names(folder) == {asdm.name, "truth.json", "goal.aot", "antennapos.csv"}
    assert (asdm / "ASDM.xml").is_file() and any((asdm / "ASDMBinary").iterdir())
    assert asdm.name in err
    truth = json.loads(Path(said["truth"]).read_text())
    assert [block["uid"] for block in truth["blocks"]] == [asdm.name]
    assert names(tmp_path) == {"mous"}, "no work folder is left"
    asked, _ = read_aot(Path(said["goal"])).match(said["mous"], "")
    assert asked is not None
    goal, remarks = asked.for_block(truth["sb_name"])
    (block,), (source,) = truth["blocks"], goal.sources
    assert source.name == block["target"]["name"] and remarks == ()
    assert (source.ra_deg, source.dec_deg) == pytest.approx(
        (block["target"]["ra_deg"], block["target"]["dec_deg"]), abs=1e-6
    )
    sky = [block["spws"][str(number)]["centre_hz"] for number in block["science_spws"]]
    assert [each.frequency_hz * block["doppler"] for each in goal.spws] == pytest.approx(sky, rel=1e-9)
    assert main(["simulate", str(folder), *SMALL]) == 2


@pytest.mark.casa
def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["simulate", str(tmp_path / "file" / "mous"), *SMALL]) in (2, 4)
    err = capsys.readouterr().err
    assert "Traceback" not in err and "casapilot:" in err
