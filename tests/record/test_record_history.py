import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record import history, repo
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.history import diff, read_history
from casapilot.steps.record.init import init_repo
from casapilot.steps.record.message import Message
from casapilot.steps.record.runs import blob
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def mous(tmp_path: Path) -> Path:
    init_repo(tmp_path)
    return tmp_path


def test_every_field_comes_back(mous):
    message = Message(
        action="run",
        subject="X2cd: step 13 done",
        body="One: two.\n\nThree.",
        item="alma-calibration/bandpass",
        step=13,
        eb="uid___A002_X85c183_X2cd",
        status="done",
        flagged_percent=8.4,
        flag_version="BeforeBandpass",
        casa="6.7.0-31",
        run="20261122T114128Z-13",
        signed_by="Ada <ada@example.org>",
    )
    commit = commit_event(mous, message, now=1.7e9 + 60)
    assert read_history(mous)[0] == history.HistoryEntry(
        commit=commit,
        time=1_700_000_060,
        author=repo.identity(mous)["GIT_AUTHOR_NAME"],
        **asdict(message),
    )


def test_the_newest_comes_first_and_the_limit_counts_from_there(mous):
    for number in range(4):
        commit_event(mous, Message(action="note", subject=f"note {number}"), now=1.7e9)
    assert [entry.subject for entry in read_history(mous, limit=2)] == ["note 3", "note 2"]
    assert [entry.action for entry in read_history(mous)][-1] == "init"


def test_the_events_of_one_item(mous):
    for item, eb in (("vla/bandpass", "uid_X1"), ("vla/bandpass2", "uid_X1"), ("alma/bandpass", "uid_X2cd")):
        commit_event(
            mous, Message(action="run", subject=f"{item} {eb}", item=item, eb=eb, body="Item: vla/bandpass")
        )

    def of(item, limit=None):
        return [(entry.item, entry.eb) for entry in read_history(mous, item, limit)]

    assert of("vla/bandpass") == [("vla/bandpass", "uid_X1")]
    assert of("bandpass") == [("alma/bandpass", "uid_X2cd"), ("vla/bandpass", "uid_X1")]
    assert of("bandpass@X2cd") == [("alma/bandpass", "uid_X2cd")]
    assert of("bandpass", 1) == [("alma/bandpass", "uid_X2cd")]
    assert of("vla/bandpass@X2cd") == of("nothing") == []


def test_commits_made_by_hand_are_in_it_too(mous):
    (mous / "a.py").write_text("x")
    run = ["git", "-C", mous, "-c", "user.name=Ada", "-c", "user.email=a@b"]
    subprocess.run([*run, "add", "a.py"], check=True)
    subprocess.run([*run, "commit", "-qm", "Mend it\n\nBecause."], check=True)
    entry = read_history(mous)[0]
    assert (entry.subject, entry.body, entry.action, entry.author) == ("Mend it", "Because.", "", "Ada")


def test_plain_git_reads_the_same_trailers(mous):
    commit_event(
        mous, Message(action="run", subject="s", body="Odd: body\n\nlast", flagged_percent=8.44, step=3)
    )
    form = "--format=%(trailers:key=Flagged,valueonly)%(trailers:key=Step,valueonly)"
    plain = subprocess.run(["git", "-C", mous, "log", "-1", form], capture_output=True, text=True, check=True)
    assert plain.stdout.split("\n")[:2] == ["8.4 %", "3"]


def test_a_repository_without_a_commit_has_an_empty_history(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert read_history(tmp_path) == []


def test_a_folder_without_a_repository_is_an_error(tmp_path):
    with pytest.raises(RecordError, match="not a git repository"):
        read_history(tmp_path)


def test_what_a_commit_changed_is_shown(mous):
    for text in ("a = 1\n", "a = 2\n"):
        (mous / "a.py").write_text(text)
        commit = commit_event(mous, Message(action="edit", subject="s"), paths=["a.py"])
    lines = diff(mous, commit).splitlines()
    assert lines[0] == "diff --git a/a.py b/a.py"
    assert lines[-2:] == ["-a = 1", "+a = 2"]


def test_the_first_commit_has_a_diff_as_well(mous):
    assert "+/*" in diff(mous, read_history(mous)[-1].commit).splitlines()


@pytest.mark.parametrize("commit", ["--output=x", "HEAD", "", "zzzz"])
def test_only_a_hash_names_a_commit(mous, commit):
    with pytest.raises(RecordError, match="not the hash"):
        diff(mous, commit)


def test_a_hash_that_does_not_exist_is_an_error(mous):
    with pytest.raises(RecordError, match="git show failed"):
        diff(mous, "deadbeef")


@settings(max_examples=10, deadline=None)
@given(content=st.binary(max_size=300))
def test_a_blob_has_the_name_git_gives_it(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("blob") / "f"
    path.write_bytes(content)
    git = subprocess.run(
        ["git", "hash-object", "--no-filters", path], capture_output=True, text=True, check=True
    )
    assert blob(content) == git.stdout.strip()
