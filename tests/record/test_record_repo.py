import os
import socket
import subprocess
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record import repo
from casapilot.steps.record.commit import commit_event
from casapilot.steps.record.history import read_history
from casapilot.steps.record.init import init_repo
from casapilot.steps.record.message import Message


def test_a_folder_inside_somebodys_repository_is_not_taken_for_it(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    mous = tmp_path / "mous"
    mous.mkdir()
    with pytest.raises(RecordError, match="not a git repository"):
        repo.call(mous, "status")


def test_without_an_identity_it_is_user_at_host(tmp_path, monkeypatch, no_git_config):
    init_repo(tmp_path)
    found = repo.identity(tmp_path)
    assert found["GIT_COMMITTER_EMAIL"].endswith("@" + socket.gethostname())
    assert found["GIT_AUTHOR_NAME"] == found["GIT_AUTHOR_EMAIL"].partition("@")[0]
    assert not list(no_git_config.iterdir())


def test_the_identity_of_the_user_wins_and_that_of_the_environment_over_it(
    tmp_path, monkeypatch, no_git_config
):
    (no_git_config / ".gitconfig").write_text(
        "[user]\nname = Ada L\nemail = ada@x.org\nuseConfigOnly = true\n"
    )
    init_repo(tmp_path)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace H")
    commit_event(tmp_path, Message(action="note", subject="s"))
    line = repo.call(tmp_path, "log", "-1", "--format=%an <%ae> %cn").decode()
    assert line == "Grace H <ada@x.org> Ada L\n"


def test_hooks_signing_and_line_ends_of_the_user_are_off(tmp_path, no_git_config):
    hook = no_git_config / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (no_git_config / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hook.parent}\nautocrlf = true\n"
        "[commit]\ngpgsign = true\n[gpg]\nprogram = false\n"
    )
    (tmp_path / "s.py").write_bytes(b"a\r\nb\n")
    init_repo(tmp_path, paths=["s.py"])
    assert repo.call(tmp_path, "show", "HEAD:s.py") == b"a\r\nb\n"


def test_variables_of_another_repository_are_dropped(tmp_path, monkeypatch):
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", other], check=True)
    for name, value in {
        "GIT_DIR": other / ".git",
        "GIT_INDEX_FILE": other / "index",
        "GIT_OBJECT_DIRECTORY": other / "objects",
        "GIT_WORK_TREE": other,
    }.items():
        monkeypatch.setenv(name, str(value))
    mous = tmp_path / "mous"
    mous.mkdir()
    init_repo(mous)
    assert len(read_history(mous)) == 1
    assert not list((other / ".git").glob("refs/heads/*")) and not (other / "objects").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_folder_of_another_account_works_without_a_change_to_the_users_configuration(
    tmp_path, no_git_config
):
    init_repo(tmp_path)
    subprocess.run(["chown", "-R", "1234", tmp_path], check=True)
    plain = subprocess.run(["git", "-C", tmp_path, "log"], capture_output=True, text=True)
    assert "dubious ownership" in plain.stderr
    commit_event(tmp_path, Message(action="note", subject="works"))
    assert read_history(tmp_path)[0].subject == "works"
    assert not list(no_git_config.iterdir())


def test_a_lock_is_waited_for(tmp_path, monkeypatch):
    init_repo(tmp_path)
    lock = tmp_path / ".git" / "index.lock"
    lock.touch()
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            lock.unlink()

    monkeypatch.setattr(repo.time, "sleep", sleep)
    commit_event(tmp_path, Message(action="note", subject="after the lock"))
    assert len(waits) == 3
    assert read_history(tmp_path)[0].subject == "after the lock"


def test_a_lock_that_stays_is_named_with_its_age_and_never_removed(tmp_path, monkeypatch):
    init_repo(tmp_path)
    lock = tmp_path / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (lock.stat().st_mtime - 500,) * 2)
    monkeypatch.setattr(repo, "WAIT_S", 0.0)
    with pytest.raises(RecordError, match=r"locked it for 50\d s") as caught:
        commit_event(tmp_path, Message(action="note", subject="s"))
    assert f"rm {lock}" in caught.value.todo
    assert lock.exists()


def test_the_process_that_holds_the_lock_is_named(tmp_path, monkeypatch):
    init_repo(tmp_path)
    monkeypatch.setattr(repo, "WAIT_S", 0.0)
    with (tmp_path / ".git" / "index.lock").open("w"), pytest.raises(RecordError) as caught:
        commit_event(tmp_path, Message(action="note", subject="s"))
    assert str(os.getpid()) in caught.value.todo


@pytest.mark.parametrize(
    ("complaint", "what"),
    [
        ("error: unable to write file: No space left on device", "the disk is full"),
        ("error: insufficient permission for adding an object", "may not write there"),
        ("fatal: something new", "something new"),
        ("", "no reason given"),
    ],
)
def test_what_git_complains_about_is_said_in_words_that_help(tmp_path, monkeypatch, complaint, what):
    init_repo(tmp_path)
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 128\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    with pytest.raises(RecordError, match=what) as caught:
        repo.write(tmp_path, "commit")
    assert caught.value.todo


def test_no_git_at_all_is_said(tmp_path, monkeypatch):
    init_repo(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(RecordError, match="not installed"):
        repo.call(tmp_path, "log")


def test_paths_are_taken_however_they_are_spelled(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    (real / "sub").mkdir(parents=True)
    link.symlink_to(real)
    for root in (real, link):
        for path in (Path("sub/a.py"), real / "sub" / "a.py", link / "sub" / ".." / "sub" / "a.py"):
            assert repo.relative(root, path) == "sub/a.py"


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", ".git/config", "."])
def test_paths_outside_are_refused(tmp_path, path):
    with pytest.raises(RecordError, match="not in the MOUS"):
        repo.relative(tmp_path, Path(path))
