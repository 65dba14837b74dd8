"""git as casapilot calls it: in this folder, with nothing of the user's set-up in the way.

Called through GitPython's `Git`. The repository is named by GIT_DIR, never searched for, so a MOUS inside
somebody's repository is never mistaken for it, and one that belongs to another account works without
touching the user's configuration. Hooks, signing, gc and line-end conversion are off; the variables GIT_*
are dropped, except who the person is and where git's own files are. `import git` takes 0.07 s: it waits
for the first call.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import random
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import RecordError

__all__ = ["alone", "call", "execute", "has_repo", "head", "identity", "relative", "write"]

#: How long to wait for another git of the same repository in all, and at most before each new try, s.
WAIT_S, TRY_S = 3.0, 0.2
#: How long to wait for another casapilot's commit, s.
ALONE_S = 10.0
_PERSON = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
#: Where a site has put git itself and its configuration.
_SITE = ("GIT_EXEC_PATH", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL")
_SETTINGS = {
    "commit.gpgSign": "false",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.abbrev": "40",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.fileMode": "false",
    "core.untrackedCache": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
}
_LOCKED = re.compile(r"\.lock': File exists|cannot lock ref|is at [0-9a-f]+ but expected")


def has_repo(root: Path) -> bool:
    """Whether the MOUS at `root` has a repository of its own; those above it do not count."""
    return (root / ".git").exists()


def call(root: Path, *words: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """Run ``git WORDS...`` on the repository of the MOUS at `root` and return its output.

    Parameters
    ----------
    root : Path
        The folder that holds ``.git``.
    words : str
        Subcommand, options, and paths relative to `root`.
    stdin : bytes
        What git reads.
    environment : mapping, optional
        Variables to add.

    Raises
    ------
    RecordError
        No repository, no git, or git failed.
    """
    status, output, complaint = _run(root, words, stdin, environment or {})
    if status:
        raise _error(root, words[0], complaint)
    return output


def write(root: Path, *words: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """As `call`, for what changes the repository: waits for another git's lock (never removes it)."""
    give_up = time.monotonic() + WAIT_S
    while True:
        status, output, complaint = _run(root, words, stdin, environment or {})
        if not status:
            return output
        if not _LOCKED.search(complaint) or time.monotonic() > give_up:
            raise _error(root, words[0], complaint)
        # At random, or two that wait for each other would meet again and again.
        time.sleep(random.uniform(TRY_S / 10, TRY_S))


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other casapilots out of a repository for the length of one commit.

    `git commit --only` reads the index before it locks it, so what another git stages in between is lost.
    The kernel frees this lock when its holder dies. Where a file system has no such locks, or a holder
    hangs, the commit goes on without: git's own locks still keep the repository whole.
    """
    try:
        handle = os.open(root / ".git" / "casapilot.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        yield
        return
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    give_up = time.monotonic() + ALONE_S
    while time.monotonic() < give_up:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:
            return
        else:
            return


def head(root: Path) -> str:
    """Hash of the last commit; empty before the first."""
    status, output, _ = _run(root, ("rev-parse", "--quiet", "--verify", "HEAD"), b"", {})
    return "" if status else output.decode().strip()


def identity(root: Path) -> dict[str, str]:
    """GIT_AUTHOR_* and GIT_COMMITTER_* of a commit: as the user set them, else user@host.

    A name is missing more often than not on a cluster, and git refuses to commit without one.
    """
    place = {"GIT_DIR": str(root.absolute() / ".git")} if has_repo(root) else {}
    lines = execute(root, ("config", "--get-regexp", r"^user\.(name|email)$"), environment=place)[1]
    known = dict(line.partition(" ")[::2] for line in lines.decode("utf-8", "replace").splitlines())
    user = _user()
    name = known.get("user.name") or user
    email = known.get("user.email") or os.environ.get("EMAIL") or f"{user}@{socket.gethostname()}"
    defaults = dict(zip(_PERSON, (name, email, name, email), strict=True))
    return {variable: os.environ.get(variable) or value for variable, value in defaults.items()}


def relative(root: Path, path: Path) -> str:
    """`path` (absolute, or relative to `root`) as git names it; RecordError when it is not in `root`."""
    full = root / path
    home = Path(os.path.realpath(root))
    inside = Path(os.path.realpath(full.parent), full.name)
    if home not in inside.parents or ".git" in inside.relative_to(home).parts:
        raise RecordError(
            "cannot be kept in the history: it is not in the MOUS's folder",
            str(full),
            f"Move it into {root}.",
        )
    return inside.relative_to(home).as_posix()


def _run(
    root: Path, words: tuple[str, ...], stdin: bytes, environment: Mapping[str, str]
) -> tuple[int, bytes, str]:
    """Exit status, output and complaint of one git."""
    if not has_repo(root):
        raise RecordError(
            "has no history: it is not a git repository", str(root), "Set it up: casapilot demo"
        )
    place = {"GIT_DIR": str(root.absolute() / ".git"), "GIT_WORK_TREE": str(root.absolute())}
    return execute(root, words, stdin, {**place, **environment})


def execute(
    folder: Path, words: tuple[str, ...], stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    """One git in `folder`, with our settings and only these GIT_* variables."""
    try:
        from git import Git
        from git.exc import GitCommandNotFound
    except ImportError as error:  # GitPython's way to say that it finds no git
        raise _no_git() from error
    fixed = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(environment or {})}
    command = ["git", "--no-pager", "--literal-pathspecs"]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    stray = [name for name in os.environ if name.startswith("GIT_") and name not in (*fixed, *_SITE)]
    # Git.execute can only add variables.
    prefix = ["env", *(word for name in stray for word in ("-u", name))] if stray else []
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        try:
            status, output, complaint = Git(str(folder)).execute(
                [*prefix, *command, *words],
                istream=source,
                env=fixed,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        except GitCommandNotFound as error:
            raise _no_git() from error
    return status, bytes(output), str(complaint)


def _no_git() -> RecordError:
    return RecordError("git is not installed, or not on the PATH", "", "Install git, then: casapilot doctor")


def _error(root: Path, verb: str, complaint: str) -> RecordError:
    """What went wrong, in words that help."""
    full = "No space left" in complaint or "quota exceeded" in complaint
    if full or shutil.disk_usage(root).free < 1 << 20:
        return RecordError(
            "the disk is full", str(root), "Make room on this disk, then go on: nothing is lost."
        )
    if _LOCKED.search(complaint):
        return _locked(root)
    if "ermission denied" in complaint or "nsufficient permission" in complaint:
        return RecordError(
            f"git {verb} may not write there",
            str(root / ".git"),
            f"Ask its owner ({_owner(root / '.git')}) for write permission (chmod -R g+w .git).",
        )
    lines = [line for line in complaint.splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("fatal:", "error:"))]
    first = [*named, *lines, "no reason given"][0]
    return RecordError(f"git {verb} failed: {first}", str(root), "Look at it with: git status")


def _locked(root: Path) -> RecordError:
    lock = root / ".git" / "index.lock"
    try:
        age_s = time.time() - lock.stat().st_mtime
    except OSError:
        return RecordError("another git keeps changing this repository", str(root), "Try again in a moment.")
    holder = _holder(lock)
    if holder:
        todo = f"Wait for process {holder} on this host, then try again."
    else:
        todo = f"No process of this host holds it. If no git runs on another host: rm {lock}"
    return RecordError(f"another git has locked it for {age_s:.0f} s ({_owner(lock)})", str(lock), todo)


def _holder(lock: Path) -> str:
    """Number and name of the process of this host that has `lock` open; empty when none is seen."""
    for fd in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(fd) == os.path.realpath(lock):
                return f"{fd.parts[2]} ({(fd.parents[1] / 'comm').read_text().strip()})"
        except OSError:
            continue
    return ""


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return "unknown user"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"
