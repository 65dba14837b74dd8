"""Each command without CASA: exit code, data on stdout, narration on stderr, no traceback ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.control import this_process
from casapilot.steps.journal import Journal
from casapilot.tui.cli import COMMANDS, main
from casapilot.tui.commands._common import plain, split_directory, table
from hypothesis import given
from hypothesis import strategies as st

Captured = pytest.CaptureFixture[str]
ITEM_FIELDS = {
    "key", "item", "eb", "title", "kind", "phase", "step", "state", "detail", "blocked", "seconds",
    "flagged_percent", "flagged_change", "warnings", "signed", "note", "noted", "run", "checks",
}  # fmt: skip
LOG_FIELDS = [
    "commit", "time", "author", "action", "item", "step", "eb", "status", "flagged_percent",
    "flag_version", "run", "subject",
]  # fmt: skip


def said(capsys: Captured, *words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    try:
        code = main([str(word) for word in words])
    except SystemExit as error:
        code = int(error.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def history(capsys: Captured, mous: Path, *words: object) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads(said(capsys, "log", mous, "--json", *words)[1])
    return entries


def test_version_is_data(capsys: Captured) -> None:
    code, out, err = said(capsys, "--version")
    assert (code, out.split()[0], err) == (0, "casapilot", "")


def test_help_names_every_command_and_the_exit_codes(capsys: Captured) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == 0 and all(name in out for name in COMMANDS)
    assert "3 a person has to confirm" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys: Captured, name: str) -> None:
    code, out, _ = said(capsys, name, "--help")
    assert code == 0 and f"casapilot {name}" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_an_option_it_does_not_have(capsys: Captured, name: str) -> None:
    code, out, err = said(capsys, name, "--no-such-option")
    assert (code, out) == (2, "") and "usage" in err


def test_a_word_that_is_no_command_gets_the_nearest(capsys: Captured) -> None:
    code, out, err = said(capsys, "statsu")
    assert (code, out) == (2, "") and "casapilot status" in err


def test_the_screens_say_that_they_need_a_terminal(capsys: Captured, mous: Path) -> None:
    code, out, err = said(capsys, mous)
    assert (code, out) == (2, "") and "casapilot run --all" in err


@pytest.mark.parametrize(
    "name", ["status", "run --all", "stop", "log", "sign a", "note a b", "skip a", "restore a"]
)
def test_a_folder_that_is_no_mous_is_told_so(capsys: Captured, tmp_path: Path, name: str) -> None:
    code, out, err = said(capsys, *name.split(), tmp_path)
    assert (code, out) == (2, "") and "mous.toml" in err


def test_status_lists_every_item(capsys: Captured, mous: Path) -> None:
    code, out, err = said(capsys, "status", mous)
    assert (code, err) == (0, "") and "[bandpass]" in out and "conductor none" in out


def test_status_as_json_has_the_fields_others_build_on(capsys: Captured, mous: Path) -> None:
    code, out, err = said(capsys, "status", "--json", mous)
    data = json.loads(out)
    assert (code, err, data["title"]) == (0, "", "NGC 5921, neutral hydrogen")
    assert all(set(item) == ITEM_FIELDS for item in data["items"])
    assert data["activity"]["running"] == [] and data["activity"]["queue"] == []


def test_log_as_json_has_the_fields_in_the_issues_order(capsys: Captured, mous: Path) -> None:
    entries = history(capsys, mous)
    assert [entry["action"] for entry in entries] == ["init"]
    assert list(entries[0]) == LOG_FIELDS


def test_log_narrows_to_an_item_and_shows_a_difference(capsys: Captured, mous: Path) -> None:
    said(capsys, "note", "import", "windy", mous)
    assert [entry["item"] for entry in history(capsys, mous, "--item", "import")] == ["vla-line/import"]
    commit = str(history(capsys, mous)[0]["commit"])
    assert "+[[note]]" in said(capsys, "log", mous, "--diff", commit)[1]
    code, out, err = said(capsys, "log", mous, "--diff", "--help-me")
    assert code == 2 and out == "" and err


def test_a_sign_off_is_committed_and_shown(capsys: Captured, mous: Path) -> None:
    code, out, err = said(capsys, "sign", "judge-cube", "--initials", "AB", "--text", "even", mous)
    assert (code, out) == (0, "") and "signed off by AB" in err
    entry = history(capsys, mous)[0]
    assert (entry["action"], entry["item"]) == ("sign-off", "vla-line/judge-cube")
    items = json.loads(said(capsys, "status", "--json", mous)[1])["items"]
    assert next(item for item in items if item["item"] == "judge-cube")["signed"].startswith("AB ")


def test_a_decision_takes_one_of_its_choices_only(capsys: Captured, mous: Path) -> None:
    code, _, err = said(capsys, "sign", "flux-standard", "--choice", "Mine", mous)
    assert code == 2 and "Choose one of" in err
    assert said(capsys, "sign", "flux-standard", "--choice", "Perley-Taylor 99", mous)[0] in (0, 2)


def test_an_item_is_skipped_with_a_reason_and_taken_up_again(capsys: Captured, mous: Path) -> None:
    assert said(capsys, "skip", "moments", mous)[0] == 2
    assert said(capsys, "skip", "moments", "--why", "not asked for", mous)[0] == 0
    assert "not asked for" in said(capsys, "status", mous)[1]
    assert said(capsys, "skip", "moments", "--undo", mous)[0] == 0
    assert "not asked for" not in said(capsys, "status", mous)[1]
    assert [entry["action"] for entry in history(capsys, mous)] == ["skip", "skip", "init"]


def test_a_note_that_says_nothing_is_refused(capsys: Captured, mous: Path) -> None:
    assert said(capsys, "note", "import", " ", mous)[0] == 2
    assert len(history(capsys, mous)) == 1


def test_a_note_cannot_give_orders_to_the_terminal(capsys: Captured, mous: Path) -> None:
    assert said(capsys, "note", "import", "\x1b[2J[bold]two\nlines", mous)[0] == 0
    for words in (("status", mous), ("log", mous)):
        assert "\x1b" not in said(capsys, *words)[1]


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["run"], 2, "--all"),
        (["run", "nonsense"], 2, "no item"),
        (["run", "--all", "import"], 2, "--all goes without items"),
        (["run", "import", "--eb", "X9"], 2, "no EB"),
        (["run", "judge-cube"], 2, "casapilot sign"),
        (["run", "--from", "gain", "--to", "import"], 2, "Swap"),
        (["run", "gain"], 3, "needs"),
        (["restore", "bandpass"], 3, "no flag version"),
        (["sign", "nonsense"], 2, "no item"),
        (["script", "steps", "/nowhere.py"], 2, "/nowhere.py"),
        (["flags", "/nowhere.ms"], 2, "/nowhere.ms"),
        (["watch", "/nowhere.log"], 2, "/nowhere.log"),
        (["checklist", "check", "/nowhere.toml"], 2, "/nowhere.toml"),
        (["doctor", "/nowhere"], 2, "/nowhere"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    capsys: Captured, mous: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, hint: str
) -> None:
    monkeypatch.chdir(mous)
    answer, out, err = said(capsys, *words)
    assert (answer, out) == (code, "") and hint in err


def test_options_may_stand_before_the_folder(capsys: Captured, mous: Path) -> None:
    assert said(capsys, "run", "gain", "--yes", mous)[0] == 3
    assert said(capsys, "sign", "judge-cube", "--initials", "AB", mous)[0] == 0
    assert said(capsys, "log", "--item", "judge-cube", mous)[0] == 0


def test_nothing_runs_so_there_is_nothing_to_stop(capsys: Captured, mous: Path) -> None:
    assert said(capsys, "stop", mous) == (0, "", "Nothing runs.\n")
    assert not (mous / ".casapilot" / "live" / "conductor.json").exists()


def test_steps_of_a_script_within_a_mous(capsys: Captured, mous: Path) -> None:
    script = next(mous.glob("Calibration_*/*.py"))
    code, out, _ = said(capsys, "script", "steps", script, "--json")
    steps = json.loads(out)
    assert code == 0 and steps[5]["title"] == "Bandpass calibration"
    assert b"bandpass(" in script.read_bytes()[steps[5]["start"] : steps[5]["end"]]


def test_an_edit_of_a_script_is_committed_with_its_reason(capsys: Captured, mous: Path) -> None:
    script = next(mous.glob("Calibration_*/*.py"))
    words = ("script", "set", script, "5", "bandpass", "refant", "'VA14'", "--why", "steadier")
    assert said(capsys, *words)[0] == 0
    entry = history(capsys, mous)[0]
    assert entry["action"] == "edit" and "steadier" in str(entry["subject"])


def test_the_demo_is_set_up_once_and_kept(capsys: Captured, mous: Path) -> None:
    (mous / "mine.txt").write_text("kept")
    foreign = mous.parent / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").touch()
    code, out, err = said(capsys, "demo", foreign, "--headless")
    assert code in (2, 4) and out == "" and err
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]


def test_a_process_of_another_host_is_named_with_the_way_out(capsys: Captured, mous: Path) -> None:
    live = mous / ".casapilot" / "live"
    me = {**this_process()._asdict(), "host": "node17"}
    (live / "conductor.json").write_text(json.dumps(me))
    code, out, _ = said(capsys, "status", mous)
    assert code == 0 and "elsewhere on node17" in out
    code, _, err = said(capsys, "run", "import", mous)
    assert code == 4 and "ssh node17" in err and f"rm {live / 'conductor.json'}" in err


@pytest.mark.parametrize(
    "content",
    [
        "", "[", "mous = 5", "[mous]\n", "[mous]\nuid = 'x'\nchecklists = 'vla-line'\n",
        "[mous]\nuid = 'x'\n[eb]\nname = 'a'\n", "[mous]\nuid = 'x'\n[[eb]]\nname = 'a'\n",
        "[mous]\nuid = 'x'\n[[eb]]\nname = 'a'\nfolder = 5\nscript = 's'\nms = 'm'\n",
        "[mous]\nuid = 'x'\n[[eb]]\nname = 'a'\nfolder = '../x'\nscript = 's'\nms = 'm'\n",
        "[mous]\nuid = 'x'\n[[eb]]\nname = 'a/b'\nfolder = 'x'\nscript = 's'\nms = 'm'\n",
        "[mous]\nuid = 'x'\n[casa]\npython = 3\n[run]\n", "casa = 1\n[mous]\nuid = 'x'\n", "\0",
    ],
)  # fmt: skip
def test_a_broken_mous_toml_is_told_not_traced(capsys: Captured, mous: Path, content: str) -> None:
    (mous / "mous.toml").write_text(content)
    for words in (("status", mous), ("run", "--all", mous), ("doctor", mous)):
        code, _, err = said(capsys, *words)
        assert code in (0, 2, 3, 4)
        assert not code or err or words[0] == "doctor"


@pytest.mark.parametrize(
    "content", [b"", b"[", b"\xff\xfe", b"[[note]]\n", b"x = 1\n", b"[[sign]]\nkey = 5\n"]
)
@pytest.mark.parametrize("name", ["ticks.toml", "checklist/vla-line.toml"])
def test_a_broken_file_of_ours_is_named(capsys: Captured, mous: Path, name: str, content: bytes) -> None:
    (mous / ".casapilot" / name).write_bytes(content)
    code, _, err = said(capsys, "status", mous)
    assert (code, err) == (0, "") if name == "ticks.toml" and not content else code == 2 and name in err


def test_a_frozen_checklist_that_is_gone_is_missed(capsys: Captured, mous: Path) -> None:
    (mous / ".casapilot" / "checklist" / "vla-line.toml").unlink()
    code, out, err = said(capsys, "status", mous)
    assert (code, out) == (2, "") and "git checkout" in err


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"5", b'{"id": 1}', b'{"id": "r", "key": "a/b@c", "start": "x"}',
        b'{"id": "r", "key": "a/b@c", "flags": [5]}', b'{"id": "r", "key": null}', b"\xff", b"[" * 9999,
        b'{"id": "r", "key": "a/b@c", "flags": [{"ms": "a.ms", "after": 5}]}',
    ],
)  # fmt: skip
def test_a_broken_run_record_is_told_and_the_rest_is_shown(
    capsys: Captured, mous: Path, content: bytes
) -> None:
    record = mous / ".casapilot" / "runs" / "r.json"
    record.parent.mkdir(exist_ok=True)
    record.write_bytes(content)
    code, out, _ = said(capsys, "status", mous)
    assert code == 0 and "r.json" in out and "[bandpass]" in out


@given(line=st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000), st.just(b'"' + b"x" * 5_000_000)))
def test_no_line_of_a_journal_can_stop_its_reader(
    line: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal") / "events.jsonl")
    journal.append("stop", how="now")
    with open(journal.path, "ab") as file:
        file.write(line + b"\n")
    journal.append("queue", keys=[])
    kinds = [event.kind for event in journal.read()[0]]
    assert kinds[0] == "stop" and kinds[-1] == "queue"


@pytest.mark.parametrize(
    "event",
    [
        '"kind": "queue", "keys": 5', '"kind": "worker-started", "pid": "x"', '"kind": "item-started"',
        '"kind": "warnings", "run": "", "count": "many"', '"kind": "stop"', '"kind": "item-ended", "run": 5',
    ],
)  # fmt: skip
def test_events_of_a_wrong_form_are_passed_over(capsys: Captured, mous: Path, event: str) -> None:
    (mous / ".casapilot" / "live" / "events.jsonl").write_text(f'{{"t": 1.0, {event}}}\n')
    code, out, err = said(capsys, "status", mous)
    assert (code, err) == (0, "") and "[bandpass]" in out


@pytest.mark.parametrize(
    "name", ["with blank", "quote'\"s", "[bold]x[bold]", "größe-λ", "two\nlines", "d" * 120]
)
def test_a_folder_may_have_any_name(capsys: Captured, tmp_path: Path, name: str) -> None:
    from casapilot.steps.mous.demo import create_demo
    from casapilot.steps.run.start import begin

    (tmp_path / "f.fits").touch()
    root = tmp_path / name / "mous"
    root.parent.mkdir()
    begin(create_demo(root, tmp_path / "f.fits"))
    (tmp_path / "link").symlink_to(root)
    assert said(capsys, "note", "import", "x", tmp_path / "link")[0] == 0
    assert len(history(capsys, root)) == 2
    assert said(capsys, "status", root)[0] == 0


def test_a_reader_that_leaves_early_is_no_error(mous: Path) -> None:
    command = (
        f"'{sys.executable}' -m casapilot.tui.cli status --json '{mous}' | true; echo ${{PIPESTATUS[0]}}"
    )
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (answer.stdout.strip(), answer.stderr) == ("0", "")


def test_a_locale_without_unicode_is_no_error(mous: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "casapilot.tui.cli"]
    subprocess.run(
        [*words, "note", "import", "größe", str(mous)], env=environment, check=True, capture_output=True
    )
    answer = subprocess.run([*words, "log", str(mous)], env=environment, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "") and "gr\\xf6" in answer.stdout


@given(st.text())
def test_plain_text_gives_a_terminal_no_orders_and_keeps_what_can_be_read(text: str) -> None:
    cleaned = plain(text)
    assert all(char.isprintable() or char in "\n\t" for char in cleaned)
    assert not text.isprintable() or cleaned == text


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), min_size=1))
def test_a_table_has_a_line_for_each_row(rows: list[list[str]]) -> None:
    assert len(table(rows, right=(1,)).split("\n")) == len(rows)


def test_the_last_word_is_the_mous_when_it_is_one(mous: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert split_directory(["gain", str(mous)]) == (["gain"], mous)
    monkeypatch.chdir(mous)
    (mous / "cube").mkdir()
    assert split_directory(["cube"]) == (["cube"], Path())
    assert split_directory(["gain", "."]) == (["gain"], Path())
