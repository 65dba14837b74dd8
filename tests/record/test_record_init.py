import os
import re
import subprocess
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record import repo
from casapilot.steps.record.history import read_history
from casapilot.steps.record.init import ignore_lines, init_repo

KEPT = [
    "mous.toml",
    "README.header.txt",
    "scriptForPI.py",
    ".casapilot/ticks.toml",
    ".casapilot/runs/20261122T114128Z-13.json",
    ".casapilot/checklist/vla-line.toml",
    "Calibration_X2cd/uid___A002_X1_X2cd.ms.scriptForCalibration.py",
    "Calibration_X2cd/qa2/X2cd.textfile.txt",
    "Calibration_X2cd/uid.ms.listobs.txt",
    "Imaging/scriptForImaging.py",
    "Combination/calibrated/scriptForFluxCalibration.py",
]
DATA = [
    "Calibration_X2cd/uid.ms/table.dat",
    "Calibration_X2cd/uid.ms/FIELD/readme.txt",
    "Calibration_X2cd/uid.ms.bandpass/CAL_DESC/table.py",
    "Calibration_X2cd/plots/a.png",
    "Calibration_X2cd/odd.txt/table.dat",
    "Calibration_X2cd/odd.py/table.py",
    "Calibration_X2cd/casa.log",
    "Calibration_X2cd/qa2/X2cd.png",
    "Combination/calibrated/calibrated.ms/table.dat",
    "Imaging/cube.image/table.dat",
    "raw/uid/ASDM.xml",
    ".casapilot/live/events.jsonl",
    ".casapilot/live/run/console.txt",
    "casa-20261122.log",
]


def fill(root: Path, names: list[str]) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_scripts_and_records_are_seen_by_git_and_data_are_not(tmp_path):
    fill(tmp_path, [*KEPT, *DATA])
    init_repo(tmp_path)
    seen = repo.call(tmp_path, "ls-files", "--others", "--exclude-standard", "-z").decode().split("\0")
    assert sorted(filter(None, seen)) == sorted(KEPT)


def test_git_does_not_even_look_into_a_measurement_set(tmp_path):
    fill(tmp_path, [*KEPT, *DATA])
    init_repo(tmp_path)
    run = ["git", "-C", tmp_path, "status", "--untracked-files=all"]
    environment = {**os.environ, "GIT_TRACE2_PERF": "1"}
    trace = subprocess.run(run, capture_output=True, text=True, env=environment).stderr
    match = re.search(r"directories-visited:(\d+)", trace)
    if match is None:
        pytest.skip("this git does not say how many folders it visited")
    kept_folders = {parent for name in KEPT for parent in Path(name).parents}
    assert int(match[1]) == len(kept_folders)


def test_the_start_is_one_commit_with_its_files(tmp_path):
    (tmp_path / "mous.toml").write_text("")
    started = init_repo(tmp_path, paths=["mous.toml"], subject="Start", body="NGC 5921.")
    (entry,) = read_history(tmp_path)
    assert (entry.commit, entry.action, entry.subject, entry.body) == (
        started.commit,
        "init",
        "Start",
        "NGC 5921.",
    )
    assert repo.call(tmp_path, "ls-files") == b".gitignore\nmous.toml\n"
    assert started.said == ()


def test_a_second_start_changes_and_says_nothing(tmp_path):
    first = init_repo(tmp_path)
    assert init_repo(tmp_path) == first
    assert len(read_history(tmp_path)) == 1


def test_what_was_edited_meanwhile_is_not_committed_as_the_start_but_a_new_file_is(tmp_path):
    (tmp_path / "mous.toml").write_text("")
    init_repo(tmp_path, paths=["mous.toml"])
    (tmp_path / "mous.toml").write_text("edited")
    (tmp_path / ".gitignore").write_text((tmp_path / ".gitignore").read_text() + "# mine\n")
    init_repo(tmp_path, paths=["mous.toml"])
    assert len(read_history(tmp_path)) == 1
    (tmp_path / "new.py").write_text("")
    init_repo(tmp_path, paths=["mous.toml", tmp_path / "new.py"])
    assert repo.call(tmp_path, "show", "--format=", "--name-only", "HEAD") == b"new.py\n"


def test_the_folder_can_be_moved(tmp_path):
    root = tmp_path / "a"
    root.mkdir()
    init_repo(root)
    root.rename(tmp_path / "b")
    assert len(read_history(tmp_path / "b")) == 1
    assert init_repo(tmp_path / "b").said == ()


def test_a_repository_of_the_user_keeps_its_history_and_it_is_said(tmp_path):
    run = ["git", "-C", tmp_path, "-c", "user.name=Ada", "-c", "user.email=a@b"]
    subprocess.run([*run, "init", "-q"], check=True)
    subprocess.run([*run, "commit", "-q", "--allow-empty", "-m", "mine"], check=True)
    started = init_repo(tmp_path)
    assert any("already" in text for text in started.said)
    assert [entry.subject for entry in read_history(tmp_path)][1:] == ["mine"]


def test_the_lines_of_a_gitignore_are_kept_and_win_and_it_is_said(tmp_path):
    (tmp_path / ".gitignore").write_bytes(b"secret.py\r\n!/keep.dat\n\xff\n")
    fill(tmp_path, ["secret.py", "keep.dat", "other.dat", "script.py"])
    started = init_repo(tmp_path)
    assert any("its lines were kept" in text for text in started.said)
    assert started.said[0] in " ".join(read_history(tmp_path)[0].body.split())
    assert (tmp_path / ".gitignore").read_bytes().endswith(b"end. Lines below win over those above.\n"
                                                           b"secret.py\r\n!/keep.dat\n\xff\n")  # fmt: skip
    seen = repo.call(tmp_path, "ls-files", "--others", "--exclude-standard").decode().split()
    assert "keep.dat" in seen and "script.py" in seen and "other.dat" not in seen


def test_older_lines_of_ours_are_renewed_in_their_place_and_it_is_said(tmp_path):
    init_repo(tmp_path)
    path = tmp_path / ".gitignore"
    fresh = path.read_text()
    path.write_text("# mine\n" + fresh.replace("!/mous.toml\n", "") + "# mine too\n")
    started = init_repo(tmp_path)
    assert path.read_text() == "# mine\n" + fresh + "# mine too\n"
    assert any("renewed" in text for text in started.said)
    assert len(read_history(tmp_path)) == 2


def test_inside_another_repository_it_gets_one_of_its_own(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    root = tmp_path / "deep" / "mous"
    root.mkdir(parents=True)
    started = init_repo(root)
    assert str(tmp_path) in started.said[0]
    assert len(read_history(root)) == 1


def test_a_folder_shared_by_a_group_gets_a_shared_repository(tmp_path):
    tmp_path.chmod(0o2775)
    init_repo(tmp_path)
    assert repo.call(tmp_path, "config", "core.sharedRepository").strip() in (b"1", b"group")


def test_a_file_outside_is_refused_before_anything_is_committed(tmp_path):
    root = tmp_path / "mous"
    root.mkdir()
    with pytest.raises(RecordError, match="not in the MOUS"):
        init_repo(root, paths=[tmp_path / "other.toml"])
    assert read_history(root) == []


def test_every_folder_is_closed_before_its_files_are_let_in():
    lines = ignore_lines()
    for folder in ("", "/Calibration_*", "/Combination", "/Combination/calibrated", "/Imaging"):
        assert lines.index(f"{folder}/*") < lines.index(f"!{folder}/*.py")
