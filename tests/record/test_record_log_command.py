import json
from pathlib import Path

import pytest
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.init import init_repo
from casapilot.steps.record.message import Message
from casapilot.tui.cli import main


@pytest.fixture
def mous(tmp_path: Path) -> Path:
    (tmp_path / "mous.toml").write_text('[mous]\nuid = "uid___A001_X1_X2"\n')
    init_repo(tmp_path, paths=["mous.toml"], subject="Start")
    commit_event(
        tmp_path,
        Message(
            action="run",
            subject="X1: step 3 \x1b[31mBandpass done",
            item="vla-line/bandpass",
            step=3,
            flagged_percent=8.4,
            run="r-3",
        ),
        now=1.7e9 + 60,
    )
    return tmp_path


def test_the_json_form_is_the_fixed_one(mous, capsys):
    assert main(["log", str(mous), "--json"]) == 0
    run, start = json.loads(capsys.readouterr().out)
    fields = "commit time author action item step eb status flagged_percent flag_version run subject"
    assert " ".join(run) == fields
    assert (run["step"], run["flagged_percent"], run["item"]) == (3, 8.4, "vla-line/bandpass")
    assert (start["action"], start["step"], start["flagged_percent"]) == ("init", None, None)


def test_one_line_an_event_without_control_characters(mous, capsys):
    assert main(["log", str(mous)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("run           X1: step 3 Bandpass done") and lines[0].isprintable()


def test_item_and_limit_pick_events(mous, capsys):
    assert main(["log", str(mous), "--item", "bandpass"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["log", str(mous), "--limit", "1", "--json"]) == 0
    assert [each["action"] for each in json.loads(capsys.readouterr().out)] == ["run"]


def test_the_diff_of_a_commit(mous, capsys):
    main(["log", str(mous), "--json", "--limit", "5"])
    start = json.loads(capsys.readouterr().out)[-1]
    assert main(["log", str(mous), "--diff", start["commit"]]) == 0
    assert "+++ b/mous.toml" in capsys.readouterr().out


def test_a_folder_that_is_no_mous_is_an_error_without_a_traceback(tmp_path, capsys):
    assert main(["log", str(tmp_path)]) == 2
    output = capsys.readouterr()
    assert output.out == "" and "mous.toml" in output.err
