import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record import repo
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.history import read_history
from casapilot.steps.record.init import init_repo
from casapilot.steps.record.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def mous(tmp_path: Path) -> Path:
    root = tmp_path / "uid___A001_X1_X2"
    (root / "Calibration_X2cd").mkdir(parents=True)
    (root / "mous.toml").write_text("[mous]\n")
    init_repo(root, paths=["mous.toml"])
    return root


def files_of(root: Path, commit: str) -> dict[str, str]:
    """Status letter of each file that a commit changed."""
    output = repo.call(root, "show", "--format=", "--name-status", "--no-renames", "-z", commit).decode()
    words = output.split("\0")
    return dict(zip(words[1::2], words[0::2], strict=False))


def test_a_commit_holds_the_named_files_and_no_others(mous):
    script, other = mous / "Calibration_X2cd" / "script.py", mous / "other.py"
    script.write_text("a")
    other.write_text("b")
    commit = commit_event(mous, Message(action="edit", subject="Edit"), paths=[script])
    assert files_of(mous, commit) == {"Calibration_X2cd/script.py": "A"}
    assert commit == read_history(mous)[0].commit


def test_what_a_person_has_staged_stays_staged(mous):
    (mous / "hers.py").write_text("hers")
    repo.write(mous, "add", "--", "hers.py")
    (mous / "ours.py").write_text("ours")
    commit = commit_event(mous, Message(action="edit", subject="Ours"), paths=["ours.py"])
    assert files_of(mous, commit) == {"ours.py": "A"}
    assert repo.call(mous, "status", "--porcelain") == b"A  hers.py\n"


def test_an_event_that_changed_no_file_is_a_commit_with_and_without_paths(mous):
    first = commit_event(mous, Message(action="run", subject="Without"))
    second = commit_event(mous, Message(action="run", subject="With"), paths=["mous.toml"])
    assert files_of(mous, first) == files_of(mous, second) == {}
    assert [entry.subject for entry in read_history(mous, limit=2)] == ["With", "Without"]


def test_an_event_that_must_change_something_is_no_commit_when_nothing_changed(mous):
    before = repo.head(mous)
    message = Message(action="edit", subject="s")
    assert commit_event(mous, message, paths=["mous.toml"], allow_empty=False) == before
    (mous / "mous.toml").write_text("changed")
    assert commit_event(mous, message, paths=["mous.toml"], allow_empty=False) != before


def test_a_file_that_is_gone_is_removed_and_comes_back(mous):
    path = mous / "Calibration_X2cd" / "script.py"
    path.write_text("a")
    commit_event(mous, Message(action="edit", subject="s"), paths=[path])
    path.unlink()
    gone = commit_event(mous, Message(action="edit", subject="s"), paths=[path])
    path.write_text("b")
    back = commit_event(mous, Message(action="edit", subject="s"), paths=[path])
    assert files_of(mous, gone) == {"Calibration_X2cd/script.py": "D"}
    assert files_of(mous, back) == {"Calibration_X2cd/script.py": "A"}


def test_a_file_that_was_removed_with_git_rm_is_committed_as_gone(mous):
    repo.write(mous, "rm", "-q", "mous.toml")
    commit = commit_event(mous, Message(action="edit", subject="s"), paths=["mous.toml"])
    assert files_of(mous, commit) == {"mous.toml": "D"}


def test_a_file_that_never_was_does_not_stop_the_event(mous):
    commit = commit_event(
        mous, Message(action="run", subject="s"), paths=["Calibration_X2cd/never.txt", "mous.toml"]
    )
    assert files_of(mous, commit) == {}


def test_an_ignored_file_that_is_named_is_kept(mous):
    (mous / "Calibration_X2cd" / "refant.dat").write_text("DV09")
    commit = commit_event(mous, Message(action="note", subject="s"), paths=["Calibration_X2cd/refant.dat"])
    assert files_of(mous, commit) == {"Calibration_X2cd/refant.dat": "A"}


def test_a_measurement_set_is_refused(mous):
    (mous / "Calibration_X2cd" / "a.ms").mkdir()
    with pytest.raises(RecordError, match="is a folder"):
        commit_event(mous, Message(action="run", subject="s"), paths=["Calibration_X2cd/a.ms"])


@settings(max_examples=25, deadline=None)
@given(
    name=st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=40)
)
def test_any_file_name_is_taken_literally(tmp_path_factory, name):
    if name in (".", "..", ".git") or name.lower().startswith((".git", "git~")) or len(name.encode()) > 200:
        return
    root = tmp_path_factory.mktemp("mous")
    init_repo(root)
    (root / "bystander.py").write_text("")
    (root / name).write_text("x")
    commit = commit_event(root, Message(action="edit", subject="s"), paths=[root / name])
    assert files_of(root, commit) == {name: "A"}


def test_the_author_is_who_git_says_and_the_time_as_given(mous):
    commit_event(mous, Message(action="note", subject="s"), now=1.7e9)
    entry = read_history(mous)[0]
    assert (entry.author, entry.time) == (repo.identity(mous)["GIT_AUTHOR_NAME"], 1_700_000_000)


WRITER = """
import sys
from pathlib import Path
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.message import Message
root, who = Path(sys.argv[1]), sys.argv[2]
for number in range(8):
    path = root / f"{who}.py"
    path.write_text(str(number))
    message = Message(action="run", subject=f"{who} {number}", run=f"{who}-{number}")
    print(commit_event(root, message, paths=[path]))
"""


def test_processes_that_commit_at_the_same_time_all_succeed_and_keep_their_own(mous):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, mous, who], stdout=subprocess.PIPE, text=True)
        for who in ("ada", "ben", "cid")
    ]
    said = [(writer.communicate()[0].split(), writer.returncode) for writer in writers]
    assert [code for _, code in said] == [0, 0, 0]
    history = {entry.commit: entry for entry in read_history(mous)}
    assert len(history) == 1 + 3 * 8
    for who, (commits, _) in zip(("ada", "ben", "cid"), said, strict=True):
        assert [history[commit].run for commit in commits] == [f"{who}-{number}" for number in range(8)]
        assert all(files_of(mous, commit).keys() == {f"{who}.py"} for commit in commits)
    assert repo.call(mous, "diff-index", "--cached", "HEAD") == b"", "the index lost what another staged"


def test_a_commit_waits_for_that_of_another_casapilot_and_in_the_end_goes_on_without(mous, monkeypatch):
    with (mous / ".git" / "casapilot.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waits = []
        monkeypatch.setattr(repo.time, "sleep", waits.append)
        monkeypatch.setattr(repo, "ALONE_S", 0.05)
        commit_event(mous, Message(action="note", subject="without"))
    assert waits and read_history(mous)[0].subject == "without"


def test_a_file_system_without_locks_is_no_hindrance(mous, monkeypatch):
    def refuse(handle, how):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(repo.fcntl, "flock", refuse)
    commit_event(mous, Message(action="note", subject="works"))
    assert read_history(mous)[0].subject == "works"


def test_in_a_merge_of_the_user_it_is_refused_with_gits_own_reason(mous):
    (mous / ".git" / "MERGE_HEAD").write_text(repo.head(mous) + "\n")
    with pytest.raises(RecordError, match="merge"):
        commit_event(mous, Message(action="run", subject="s"), paths=["mous.toml"])


def test_a_full_disk_is_told_as_such(mous, monkeypatch):
    class Full:
        free = 0

    monkeypatch.setattr(repo.shutil, "disk_usage", lambda path: Full)
    (mous / ".git" / "objects").rename(mous / ".git" / "gone")
    with pytest.raises(RecordError, match="disk is full"):
        commit_event(mous, Message(action="run", subject="s"))
