"""casapilot flags: what it prints, and what it says when it cannot."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.errors import CasaError, FlagError, MousError
from casapilot.tui.cli import main
from casapilot.tui.commands import flags

Answer = Callable[..., None]


def counts(flagged: float, total: float) -> dict[str, float]:
    return {"flagged": flagged, "total": total}


COUNTED: dict[str, Any] = {
    "antenna": {"DA41": counts(0, 50), "DA42": counts(25, 50)},
    "array": {"0": counts(25, 100)},
    "correlation": {"XX": counts(20, 50), "YY": counts(5, 50)},
    "field": {"J1\x1b[31m": counts(25, 100)},
    "observation": {"0": counts(25, 100)},
    "scan": {"2": counts(5, 50), "10": counts(5, 50), "1": counts(0, 0)},
    "spw": {"17": counts(25000, 100000)},
    "spw:channel": {"17:0": counts(25, 100)},
    "flagged": 25.0,
    "total": 100.0,
    "type": "summary",
    "name": "Summary",
}


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let the Python of CASA be a script that prints this."""

    def install(stdout: str, stderr: str = "", code: int = 0) -> None:
        python = tmp_path / "python"
        arguments = tmp_path / "arguments"
        text = f"import sys; open({str(arguments)!r}, 'w').write(repr(sys.argv[1:]))\n"
        text += f"print({stdout!r}); print({stderr!r}, file=sys.stderr); sys.exit({code})\n"
        python.write_text(f"#!{sys.executable}\n{text}")
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CASAPILOT_CASA_PYTHON", str(python))

    return install


def test_the_most_flagged_comes_first(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    answer(json.dumps(COUNTED))
    assert main(["flags", "x.ms", "--by", "antenna,scan"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "x.ms: 25.00 % flagged, 25 of 100 visibilities",
        "",
        "antenna  flagged  flagged  of all",
        "DA42     50.00 %       25      50",
        "DA41      0.00 %        0      50",
        "",
        "scan  flagged  flagged  of all",
        "2     10.00 %        5      50",
        "10    10.00 %        5      50",
        "1      0.00 %        0       0",
    ]


def test_the_usual_tables_are_printed_and_names_cannot_steer_the_terminal(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(json.dumps(COUNTED))
    assert main(["flags", "x.ms"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if line.endswith("of all")] == [
        "antenna",
        "spw",
        "field",
        "scan",
        "correlation",
    ]
    assert "J1?[31m" in out and "\x1b" not in out
    assert "25,000  100,000" in out


def test_crosscorrelations_and_autocorrelations_have_columns_of_their_own(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    cross = {
        **COUNTED,
        "antenna": {"DA41": counts(0, 40), "DA42": counts(10, 40)},
        "flagged": 10.0,
        "total": 80.0,
    }
    auto = {**COUNTED, "antenna": {"DA42": counts(15, 20)}, "flagged": 15.0, "total": 20.0}
    answer(json.dumps({**COUNTED, "cross": cross, "auto": auto}))
    assert main(["flags", "x.ms", "--by", "antenna", "--autos"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "x.ms: 25.00 % flagged, 25 of 100 visibilities",
        "  crosscorrelations: 12.50 %, 10 of 80",
        "  autocorrelations: 75.00 %, 15 of 20",
        "",
        "antenna  flagged    cross     auto  flagged  of all",
        "DA42     50.00 %  25.00 %  75.00 %       25      50",
        "DA41      0.00 %   0.00 %                 0      50",
    ]


def test_json_is_the_whole_dictionary_and_notes_go_to_stderr(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(json.dumps(COUNTED), stderr="read through casatools\nfor\x07 a reason")
    assert main(["flags", "x.ms", "--by", "spw", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == COUNTED
    assert err == "read through casatools\nfor? a reason\n"


def test_casas_python_is_given_the_whole_path(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(json.dumps(COUNTED))
    monkeypatch.chdir(tmp_path)
    assert flags.count(Path("-x.ms"), autos=True) == COUNTED
    words = (tmp_path / "arguments").read_text()
    assert words.endswith(f"steps/casa/launch.py', 'flags', '--autos', '{tmp_path}/-x.ms']")


def test_an_axis_that_does_not_exist_is_refused_before_anything_is_counted(
    answer: Answer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer(json.dumps(COUNTED))
    for text in ("antenna,colour", " , "):
        assert main(["flags", "x.ms", "--by", text]) == 2
        assert "It knows: antenna, spw, field, scan" in capsys.readouterr().err
    assert not (tmp_path / "arguments").exists()


def test_errors_of_the_other_process_are_ours(answer: Answer) -> None:
    told = {
        "error": "is not a table of CASA",
        "where": "/x.ms",
        "todo": "Give the path.",
        "kind": "FlagError",
    }
    answer(json.dumps(told), code=2)
    with pytest.raises(FlagError, match="is not a table of CASA") as caught:
        flags.count(Path("x.ms"))
    assert (caught.value.where, caught.value.todo) == ("/x.ms", "Give the path.")
    answer(json.dumps({**told, "kind": "CasaError"}), code=4)
    with pytest.raises(CasaError):
        flags.count(Path("x.ms"))


@pytest.mark.parametrize(
    ("stderr", "said"), [("noise\nNo module named 'numpy'", "numpy"), ("", "ended with 134")]
)
def test_a_process_that_dies_is_said(answer: Answer, stderr: str, said: str) -> None:
    answer("terminate called", stderr=stderr, code=134)
    with pytest.raises(CasaError, match=said):
        flags.count(Path("x.ms"))


def test_a_python_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", "/nowhere/python3")
    with pytest.raises(CasaError, match="does not start") as caught:
        flags.count(Path("x.ms"))
    assert caught.value.where == "/nowhere/python3"


def test_the_python_of_the_mous_around_the_set_is_used(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(json.dumps(COUNTED))
    mous = tmp_path / "mous"
    (mous / "Calibration_X1" / "x.ms").mkdir(parents=True)
    (mous / "mous.toml").write_text(f'[mous]\nuid = "uid://A/1"\n[casa]\npython = "{tmp_path}/python"\n')
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", "/nowhere/python3")
    assert flags.count(mous / "Calibration_X1" / "x.ms") == COUNTED
    (mous / "mous.toml").write_text("[mous\n")
    with pytest.raises(MousError):
        flags.count(mous / "Calibration_X1" / "x.ms")


@pytest.mark.casa
def test_the_command_prints_what_flagdata_returns(
    casa: Any, ngc5921: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    expected = casa.flagdata(str(ngc5921), mode="summary", spwchan=True)
    capfd.readouterr()
    assert main(["flags", str(ngc5921), "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out) == expected
    assert err == ""


@pytest.mark.casa
def test_the_command_says_what_is_no_set(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["flags", str(tmp_path)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and "is not a table of CASA" in err
