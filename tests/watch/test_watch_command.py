"""`casapilot watch`, for a person and for a script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from casapilot.tui.cli import main

CLEAN = Path(__file__).parent / "clean-run.txt"
NO_TABLE = "2026-01-01 00:00:02\tINFO\tCalibrater::solve\tNo output calibration table written.\n"
UNKNOWN = "2026-01-01 00:00:02\tWARN\ta::b\tnever \x1b[1mheard\x07 of [bold]this[/bold]\n"


def test_the_json_has_the_form_that_others_build_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(CLEAN), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["lines"], data["untyped"]) == (495, 0)
    assert data["levels"] == {"INFO": 483, "WARN": 9, "SEVERE": 3}
    first = data["tasks"][0]
    assert (first["name"], first["start"], first["end"], first["ended"]) == (
        "importuvfits",
        "2026-11-22T14:36:32Z",
        "2026-11-22T14:36:33Z",
        "done",
    )
    assert first["seconds"] == pytest.approx(0.408856)
    assert {"text", "origin", "level", "count"} <= set(data["warnings"][0])
    assert {"id": "leap-second-table", "count": 1}.items() <= data["known"][0].items()


def test_the_table_names_cause_and_cure_and_the_exit_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.log"
    path.write_text(CLEAN.read_text() + NO_TABLE + UNKNOWN)
    assert main(["watch", str(path)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  1x  No calibration table was written  [no-table-written]" in out
    assert "cause" in out and "cure" in out and "Harmless: 1x leap-second-table" in out
    assert (
        "never heard of [bold]this[/bold]" in " ".join(out.split())
        and "\x1b" not in out
        and "\x07" not in out
    )


def test_many_tasks_are_told_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.log"
    path.write_text(CLEAN.read_text() * 5)
    assert main(["watch", str(path)]) == 0
    assert "80 tasks, by name" in capsys.readouterr().out


def test_an_empty_file_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").touch()
    assert main(["watch", str(tmp_path / "a.log"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["lines"], data["tasks"], data["levels"]) == (0, [], {})


@pytest.mark.parametrize("name", ["none.log", "."])
def test_what_is_no_file_is_said_without_a_traceback(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(tmp_path / name)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_more_known_issues_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").write_text(UNKNOWN)
    (tmp_path / "known.toml").write_text(
        '[[issue]]\nid = "heard"\ntitle = "Heard of it"\npattern = "heard"\nseverity = "fail"\n'
        'cause = "c"\ncure = "d"\nbecause = "e"\n'
    )
    assert main(["watch", str(tmp_path / "a.log"), "--known", str(tmp_path / "known.toml")]) == 1
    assert "Heard of it" in capsys.readouterr().out


def test_following_tells_what_happens_until_it_is_interrupted(tmp_path: Path) -> None:
    path, out = tmp_path / "a.log", tmp_path / "out"
    with out.open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "casapilot.tui.cli", "watch", str(path), "--follow", "--json"],
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # A job in the background of a shell ignores interrupts, and its children with it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            path.write_text(CLEAN.read_text() + UNKNOWN)
            deadline = time.monotonic() + 60
            while b"never" not in out.read_bytes() and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    happened = [json.loads(line) for line in out.read_text().splitlines()]
    kinds = [each["happened"] for each in happened]
    assert kinds.count("task-began") == kinds.count("task-ended") == 16
    assert [each["text"] for each in happened if each["happened"] == "warning"] == [
        "never heard\x07 of [bold]this[/bold]"
    ]
    assert code == 0


SCRIPT = """
import sys
sys.argv = ["x", "--noconfig", "--nositeconfig"]
import casadata
from casaconfig import config
config.measurespath, config.datapath = casadata.datapath, [casadata.datapath]
config.measures_auto_update = config.data_auto_update = False
config.casaconfig_verbose, config.logfile, config.nogui, config.agg = 0, "/dev/null", True, True
from casatasks import casalog, flagdata, gaincal, importuvfits
casalog.setlogfile("casa.log")
importuvfits(fitsfile=casadata.datapath + "/demo/NGC5921.fits", vis="n.ms")
flagdata(vis="n.ms", autocorr=True, flagbackup=False)
casalog.setlogfile("bad.log")
flagdata(vis="n.ms", field="0", flagbackup=False)
gaincal(vis="n.ms", caltable="n.cal", field="0", refant="15")
"""


@pytest.mark.casa
def test_casa_itself_is_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert main(["watch", str(tmp_path / "casa.log"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["untyped"] == 0
    assert [(task["name"], task["ended"]) for task in data["tasks"]] == [
        ("importuvfits", "done"),
        ("flagdata", "done"),
    ]
    assert [warning for warning in data["warnings"] if not warning["muted"]] == []
    assert main(["watch", str(tmp_path / "bad.log"), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert "no-table-written" in [known["id"] for known in data["known"]]
    assert not (tmp_path / "n.cal").exists()
    (tmp_path / "terminal").write_bytes(ran.stdout)
    main(["watch", str(tmp_path / "terminal"), "--json"])
    assert "no-unflagged-data" in [known["id"] for known in json.loads(capsys.readouterr().out)["known"]]


def test_the_catalogue_is_listed_by_number_stage_and_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--issues", "KI-45"]) == 0
    assert capsys.readouterr().out.startswith("solutions-below-snr: ")
    assert main(["watch", "--issues", "imaging", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) > 10 and {issue["stage"] for issue in found} == {"imaging"}
    assert main(["watch", "--issues"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 400
    assert main(["watch", "--issues", "[bold]nothing"]) == 2 and main(["watch"]) == 2
