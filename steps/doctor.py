"""What this machine has and lacks for a reduction, and what to do about it. It only looks."""

from __future__ import annotations

import datetime
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .control import socket_path
from .errors import CasapilotError
from .mous.mous import Mous
from .record.repo import execute, identity
from .run.launch import LAUNCH, casa_python

__all__ = ["Finding", "Place", "Verdict", "examine", "run_command"]

#: Free space below which CASA is in danger, GB: it aborts without a line in its log when the disk is full.
LITTLE_GB, NONE_GB = 20.0, 1.0
#: Earth orientation is predicted for about so long, days; data taken later are placed wrongly on the sky.
OLD_MEASURES_DAYS = 180
#: The oldest git that makes a commit from named files alone without a change.
OLDEST_GIT = (2, 11)


class Verdict(str, Enum):
    """What is made of a finding; only `MISSING` keeps a reduction from working."""

    OK = "ok"
    LOOK = "look"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    verdict: Verdict
    text: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked at."""

    folder: Path
    """The MOUS, or where one would be."""
    mous: Mous | None
    environ: Mapping[str, str]
    command: Callable[[Sequence[str]], tuple[int, str]]
    """Runs a command and returns exit code (127: not there) and stdout."""


def run_command(words: Sequence[str]) -> tuple[int, str]:
    """Run `words` for at most a minute and return exit code and stdout; 127 when it is not there."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 127, ""
    return done.returncode, done.stdout


def examine(place: Place) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    Yields
    ------
    Finding
        Each as soon as it is known: CASA takes some seconds to say its version.
    """
    for check in (_python, _git, _identity, _folder, _disk, _sockets, _lock):
        yield from check(place)
    for check in (_cores, _logout, _multiplexer, _terminal, _clipboard, _casa):
        yield from check(place)


def _python(place: Place) -> Iterator[Finding]:
    number = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 10) <= sys.version_info[:2] <= (3, 13)
    todo = (
        ""
        if fits
        else "CASA has packages for Python 3.10 to 3.13: make casapilot's environment with one of these."
    )
    yield Finding("Python", Verdict.OK if fits else Verdict.MISSING, f"{number} ({sys.executable})", todo)


def _git(place: Place) -> Iterator[Finding]:
    code, output = place.command(["git", "--version"])
    match = re.search(r"(\d+)\.(\d+)[.\d]*", output)
    if code or not match:
        yield Finding(
            "git",
            Verdict.MISSING,
            "not found",
            "Install it: apt install git, dnf install git, or module load git.",
        )
    elif (int(match[1]), int(match[2])) < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        yield Finding(
            "git", Verdict.MISSING, match[0], f"casapilot needs {oldest} or newer: try module load git."
        )
    else:
        yield Finding("git", Verdict.OK, match[0])


def _identity(place: Place) -> Iterator[Finding]:
    try:
        found = identity(place.folder)
        set_by_user = execute(place.folder, ("config", "user.email"))[1] or place.environ.get(
            "GIT_AUTHOR_EMAIL"
        )
    except CasapilotError:
        return
    name = f"{found['GIT_AUTHOR_NAME']} <{found['GIT_AUTHOR_EMAIL']}>"
    if set_by_user:
        yield Finding("Your name", Verdict.OK, name)
    else:
        todo = 'git config --global user.name "Ada Lovelace"; git config --global user.email ada@example.org'
        yield Finding("Your name", Verdict.LOOK, f"not set in git: commits will be by {name}", todo)


def _folder(place: Place) -> Iterator[Finding]:
    folder = place.folder
    owner = _owner(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            "Folder",
            Verdict.MISSING,
            f"{folder} is not yours to write in",
            f"It belongs to {owner}: ask for it.",
        )
    elif owner != _user():
        text = f"{folder} belongs to {owner}; its history works, your own git may refuse it"
        yield Finding("Folder", Verdict.LOOK, text, f"git config --global --add safe.directory {folder}")
    else:
        yield Finding("Folder", Verdict.OK, str(folder))


def _disk(place: Place) -> Iterator[Finding]:
    free_gb = shutil.disk_usage(place.folder).free / 1e9
    verdict = Verdict.OK if free_gb > LITTLE_GB else Verdict.LOOK if free_gb > NONE_GB else Verdict.MISSING
    todo = "" if verdict is Verdict.OK else "Make room: a reduction needs several times the size of its data."
    yield Finding("Free disk", verdict, f"{free_gb:.1f} GB", todo)


def _sockets(place: Place) -> Iterator[Finding]:
    try:
        path = socket_path(place.folder, "doctor")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as test:
            test.bind(path)
        os.unlink(path)
    except CasapilotError as error:
        yield Finding("Sockets", Verdict.MISSING, f"{error.where}: {error.what}", error.todo)
    except OSError as error:
        yield Finding(
            "Sockets", Verdict.MISSING, f"{path}: {error.strerror}", "Remove that file, or have /tmp mended."
        )
    else:
        yield Finding("Sockets", Verdict.OK, os.path.dirname(path))


def _lock(place: Place) -> Iterator[Finding]:
    lock = place.folder / ".git" / "index.lock"
    if lock.exists():
        yield Finding(
            "git lock", Verdict.LOOK, f"{lock} is there", f"If no git runs, on no host, remove it: rm {lock}"
        )


def _cores(place: Place) -> Iterator[Finding]:
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    threads = place.environ.get("OMP_NUM_THREADS", "")
    text = f"{cores}, load {load:.1f}" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    if load > 1.5 * cores:
        yield Finding(
            "Cores", Verdict.LOOK, text, "Other programs use them: CASA's threads will wait for each other."
        )
    else:
        yield Finding("Cores", Verdict.OK, text)


def _logout(place: Place) -> Iterator[Finding]:
    """Whether a logout kills what was left running (systemd's KillUserProcesses without linger)."""
    code, output = place.command(["loginctl", "show-session", "--property=KillUserProcesses"])
    if code or "=yes" not in output:
        yield Finding("After logout", Verdict.OK, "your processes go on")
    elif "=yes" in place.command(["loginctl", "show-user", _user(), "--property=Linger"])[1]:
        yield Finding("After logout", Verdict.OK, "your processes go on (linger is enabled)")
    else:
        todo = "loginctl enable-linger; then start with: systemd-run --user --scope casapilot"
        yield Finding(
            "After logout", Verdict.LOOK, "this machine kills all your processes, the reduction too", todo
        )


def _multiplexer(place: Place) -> Iterator[Finding]:
    inside = "tmux" if place.environ.get("TMUX") else "GNU screen" if place.environ.get("STY") else ""
    found = [name for name in ("tmux", "screen") if shutil.which(name, path=place.environ.get("PATH"))]
    if inside:
        yield Finding("tmux", Verdict.OK, f"you are inside {inside}")
    elif found:
        yield Finding(
            "tmux",
            Verdict.OK,
            f"{found[0]} is there, you are not inside it: the reduction goes on without, too",
        )
    else:
        yield Finding(
            "tmux",
            Verdict.LOOK,
            "not found",
            "Not needed, but your view of a lost connection is: ask for tmux.",
        )


def _terminal(place: Place) -> Iterator[Finding]:
    term = place.environ.get("TERM", "")
    charset = next(
        (place.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if place.environ.get(name)), "C"
    )
    utf8 = bool(re.search(r"utf-?8", charset, re.IGNORECASE))
    if term in ("", "dumb"):
        todo = "The screens need a real one; casapilot run and status work anywhere."
        yield Finding("Terminal", Verdict.LOOK, f"TERM={term or 'not set'}", todo)
        return
    many = place.environ.get("COLORTERM") in ("truecolor", "24bit")
    colours = "16 million" if many else "256" if "256" in term else "16"
    text = f"{term}, {colours} colours, {'UTF-8' if utf8 else charset + ': drawn in ASCII'}"
    todo = "" if utf8 else "For line drawing: export LC_ALL=C.UTF-8"
    yield Finding("Terminal", Verdict.OK if utf8 else Verdict.LOOK, text, todo)


def _clipboard(place: Place) -> Iterator[Finding]:
    """How what is copied reaches the reducer's own machine; it is always written to a file as well."""
    if place.environ.get("TMUX"):
        setting = place.command(["tmux", "show-options", "-gv", "set-clipboard"])[1].strip()
        if setting == "off":
            todo = "tmux set -g set-clipboard on"
            yield Finding("Copying", Verdict.LOOK, "tmux keeps it to itself (prefix ] pastes it)", todo)
        else:
            yield Finding("Copying", Verdict.OK, f"through tmux (set-clipboard {setting or 'unknown'})")
    elif place.environ.get("STY"):
        text = "GNU screen passes nothing on: it is in a file only"
        yield Finding("Copying", Verdict.LOOK, text, "tmux passes it on.")
    elif place.environ.get("TERM_PROGRAM") == "Apple_Terminal":
        text = "macOS's Terminal may ignore it: it is in a file as well"
        yield Finding("Copying", Verdict.LOOK, text, "iTerm2, kitty, WezTerm and others take it.")
    else:
        yield Finding("Copying", Verdict.OK, "sent to your terminal (OSC 52)")


def _casa(place: Place) -> Iterator[Finding]:
    try:
        python = casa_python(place.mous)
    except CasapilotError as error:
        yield Finding("CASA", Verdict.MISSING, error.what, error.todo)
        return
    output = place.command([python, "-W", "ignore", str(LAUNCH), "versions"])[1]
    try:
        found = json.loads(output)
    except ValueError:
        todo = f"Try: {python} -c 'import casatasks'; another one is named in mous.toml, [casa] python."
        yield Finding("CASA", Verdict.MISSING, f"{python} does not start it", todo)
        return
    text = f"{found.get('casa') or 'unknown'} in Python {found.get('python')} ({python})"
    if found.get("error"):
        yield Finding("CASA", Verdict.MISSING, found["error"], f"Try: {python} -c 'import casatasks'")
    else:
        yield Finding("CASA", Verdict.OK, text)
        yield from _measures(found.get("data") or "")


def _measures(data: str) -> Iterator[Finding]:
    made = _data_date(Path(data)) if data else None
    if made is None:
        todo = "Install it: pip install casadata, or name the site's in CASA's config.py (measurespath)."
        yield Finding("CASA's data", Verdict.LOOK, "not found, or of unknown age", todo)
        return
    days = (datetime.date.today() - made).days
    text = f"of {made} ({days} days old) in {data}"
    if days > OLD_MEASURES_DAYS:
        todo = (
            "Concerns data taken since. Newer: pip install -U casadata, or python -m casaconfig --update-all"
        )
        yield Finding("CASA's data", Verdict.LOOK, text, todo)
    else:
        yield Finding("CASA's data", Verdict.OK, text)


def _data_date(data: Path) -> datetime.date | None:
    """When the tables in `data` were made: casadata's version, casaconfig's note, or a table's age."""
    for folder in data.parent.parent.glob("casadata-*.dist-info"):
        match = re.fullmatch(r"casadata-(\d{4})\.(\d+)\.(\d+)\.dist-info", folder.name)
        if match and data.parent.name == "casadata":
            return datetime.date(*map(int, match.groups()))
    try:
        match = re.search(r"\d{4}-\d\d-\d\d", (data / "readme.txt").read_text(errors="replace"))
        if match:
            return datetime.date.fromisoformat(match[0])
    except (OSError, ValueError):
        pass
    try:
        return datetime.date.fromtimestamp((data / "geodetic" / "IERSpredict" / "table.dat").stat().st_mtime)
    except OSError:
        return None


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return f"user {path.stat().st_uid}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
