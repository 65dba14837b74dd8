"""The full re-run from scratch: the script alone, in a folder of its own, and its tables against ours.

It is how a reduction is shown to be what its script says: run in pieces, with edits and repeats in
between, it must have come to the very tables that the script makes in one go.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

from ..errors import CasaError
from .bare import MARK
from .compare import Compared, Status, compare_folders
from .life import Options
from .runner import Ended
from .watched import StopRequested, Tell, Watched

__all__ = ["FOLDER", "OURS", "Whole", "is_ours", "parse_whole", "run_whole"]

#: Where the script runs, in the EB's folder, and the file that says that the folder is ours.
FOLDER, OURS = "rerun", ".casapilot-rerun"
POLL_S = 0.2
#: What a script says at the head of each step, in the log or on the terminal.
_STEP = re.compile(r"(?:^|\t)Step +(?P<number>[\d.]+) +(?P<title>\S.*?)\s*$")
#: How a line of CASA's log begins.
_STAMP = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t")
_LAUNCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")


class Whole(NamedTuple):
    """A full re-run that is asked for."""

    run: str
    eb: str
    item: str
    title: str
    script: str
    cwd: str
    """Folder of the EB."""
    folder: str
    """Where console.log and casa.log of this run go, and tables.json."""
    log: str
    """Name that the clean log gets in the EB's folder."""
    inputs: Tuple[str, ...] = ()
    """Names in the EB's folder that are linked in: the ASDM."""
    copies: Tuple[str, ...] = ()
    """Names that are copied: small files that the script reads."""
    steps: int = 0
    """How many steps the script has, for the progress."""

    @property
    def place(self) -> str:
        """Where the script runs."""
        return os.path.join(self.cwd, FOLDER)

    @property
    def console(self) -> str:
        """Name that the terminal's text gets in the EB's folder."""
        return os.path.splitext(self.log)[0] + ".console"


def parse_whole(request: Dict[str, Any], options: Options) -> Whole:
    """Return what a request to the worker asks for."""
    return Whole(
        run=str(request["run"]),
        eb=options.eb,
        item=str(request.get("item", "")),
        title=str(request.get("title", "")),
        script=os.path.join(options.cwd, str(request["script"])),
        cwd=options.cwd,
        folder=os.path.join(options.live, str(request["folder"])),
        log=os.path.basename(str(request["log"])),
        inputs=tuple(map(os.path.basename, request.get("inputs", ()))),
        copies=tuple(map(os.path.basename, request.get("copies", ()))),
        steps=int(request.get("steps", 0)),
    )


def run_whole(whole: Whole, watched: Watched, tell: Tell) -> Ended:
    """Run the script alone, compare, and keep the clean log where all is identical.

    ``tables.json`` in the run's folder holds what became of each table. Where something differs, or the
    script fails, the folder ``rerun`` stays for a look.
    """
    began = time.monotonic()
    tell(
        "step-started",
        run=whole.run,
        eb=whole.eb,
        item=whole.item,
        step=None,
        title=whole.title,
        script=whole.script,
    )
    try:
        ended = _run(whole, watched, lambda text, percent: tell_progress(tell, whole.run, text, percent))
    except StopRequested as error:
        ended = Ended("interrupted", str(error))
    except Exception as error:
        ended = Ended("failed", str(getattr(error, "what", "") or f"{type(error).__name__}: {error}"))
    return ended._replace(seconds=round(time.monotonic() - began, 3))


def tell_progress(tell: Tell, run: str, text: str, percent: Any) -> None:
    """Journal how far it is."""
    tell("progress", run=run, text=text, percent=percent)


def _run(whole: Whole, watched: Watched, progress: Callable[[str, Any], None]) -> Ended:
    progress("a folder of its own", None)
    _prepare(whole)
    error = _execute(whole, watched, progress)
    if error:
        return Ended("failed", f"{error} (see {FOLDER}/ and its log)")
    progress("comparing the tables", 99.0)
    compared = [each for each in compare_folders(whole.place, whole.cwd) if each.table not in whole.inputs]
    with open(os.path.join(whole.place, os.path.basename(whole.script)), "rb") as file:
        text = file.read().decode("utf-8", "replace")
    good = [is_good(each, text) for each in compared]
    _save(compared, good, os.path.join(whole.folder, "tables.json"))
    if not any(each.status != Status.NOT_HERE for each in compared):
        return Ended("failed", "the script, run alone, made no table")
    if all(good):
        _keep_logs(whole)
        shutil.rmtree(whole.place)
    return Ended("done")


def is_good(compared: Compared, script: str) -> bool:
    """Whether a table is as the script makes it; one that the script does not name is not its concern.

    ``x.ms`` is not named by ``x.ms.split``.
    """
    if compared.status == Status.NOT_HERE:
        return re.search(rf"(?<![\w.]){re.escape(compared.table)}(?![\w.])", script) is None
    return compared.status == Status.IDENTICAL


def _save(compared: List[Compared], good: List[bool], path: str) -> None:
    rows = [{**each._asdict(), "good": well} for each, well in zip(compared, good)]  # noqa: B905  # Python 3.8
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(rows, file)
    os.replace(f"{path}.new", path)


# -- the folder --------------------------------------------------------------------------------------


def is_ours(folder: str) -> bool:
    """Whether `folder` is what an earlier re-run has left."""
    return os.path.isfile(os.path.join(folder, OURS)) and not os.path.islink(folder)


def _prepare(whole: Whole) -> None:
    """Make the folder anew, with the script and what it reads."""
    if os.path.lexists(whole.place):
        if not is_ours(whole.place):
            raise CasaError(f"{FOLDER} is there already and was not made by casapilot", whole.place)
        shutil.rmtree(whole.place)
    os.makedirs(whole.folder, exist_ok=True)
    os.mkdir(whole.place)
    with open(os.path.join(whole.place, OURS), "w", encoding="utf-8") as file:
        file.write(f"{whole.run}: made by casapilot, and removed by it when the script is run whole again.\n")
    for name in whole.inputs:
        os.symlink(os.path.join(os.pardir, name), os.path.join(whole.place, name))
    for name in whole.copies:
        shutil.copy2(os.path.join(whole.cwd, name), whole.place)
    shutil.copy2(whole.script, whole.place)
    _share_log(whole)


def _share_log(whole: Whole) -> None:
    """Give the log a second name among the run's own, where screens and watchers look for it."""
    log = os.path.join(whole.place, whole.log)
    with open(log, "wb"):
        pass
    name = os.path.join(whole.folder, "casa.log")
    with contextlib.suppress(OSError):
        os.unlink(name)
    try:
        os.link(log, name)
    except OSError:  # another file system, or one without hard links
        os.symlink(log, name)


def _keep_logs(whole: Whole) -> None:
    """Put log and terminal's text into the EB's folder; one that is not ours is kept."""
    log, console = (os.path.join(whole.cwd, name) for name in (whole.log, whole.console))
    if os.path.lexists(log) and not is_our_log(log):
        raise CasaError(f"{whole.log} is there already and is not of a re-run of ours", log)
    shared = os.path.join(whole.folder, "casa.log")
    _append_others(whole)
    os.replace(os.path.join(whole.place, whole.log), log)
    if os.path.islink(shared):
        os.unlink(shared)
        shutil.copyfile(log, shared)
    shutil.copyfile(os.path.join(whole.folder, "console.log"), f"{console}.new")
    os.replace(f"{console}.new", console)


def _append_others(whole: Whole) -> None:
    """Append what the script sent to logs of its own (wvrgcal, fluxscale): the clean log holds it all."""
    known = {whole.log, OURS, os.path.basename(whole.script), *whole.inputs, *whole.copies}
    others = sorted(set(os.listdir(whole.place)) - known)
    with open(os.path.join(whole.place, whole.log), "ab") as log:
        for name in others:
            path = os.path.join(whole.place, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    stamp = _STAMP.match(file.read(20))
                    if stamp:
                        file.seek(0)
                        words = f"casapilot: the script logged to {name}, from here on:"
                        log.write(stamp[0] + f"INFO\tcasapilot::::\t{words}\n".encode())
                        shutil.copyfileobj(file, log)


def is_our_log(path: str) -> bool:
    """Whether a log is of a full re-run of ours: it says so among its first lines."""
    try:
        with open(path, "rb") as file:
            return MARK.encode() in file.read(1 << 16)
    except OSError:
        return False


# -- the process -------------------------------------------------------------------------------------


def _execute(whole: Whole, watched: Watched, progress: Callable[[str, Any], None]) -> str:
    """Run the script to its end; its error, or nothing.

    Raises
    ------
    StopRequested
        A person asked to stop: the process is killed, there is nothing in it to be kept.
    """
    error = os.path.join(whole.folder, "error.txt")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(error)
    steps = _Steps([os.path.join(whole.folder, name) for name in ("casa.log", "console.log")], whole.steps)
    with _child(whole, error) as child:
        while child.poll() is None:
            if watched.stop_is_asked:
                raise StopRequested("stopped in the full re-run, as asked")
            if steps.look():
                progress(steps.text, steps.percent)
            time.sleep(POLL_S)
    if child.returncode == 0:
        return ""
    with contextlib.suppress(OSError), open(error, encoding="utf-8") as file:
        return file.read().strip()
    return f"CASA ended with signal {-child.returncode}" if child.returncode < 0 else "CASA does not start"


@contextlib.contextmanager
def _child(whole: Whole, error: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The bare CASA process; it ends with this block, and with us."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    words = [sys.executable, "-W", "ignore", _LAUNCH, "bare", "--lifeline", str(reading), "--error", error]
    words += ["--script", os.path.basename(whole.script), "--log", os.path.join(whole.place, whole.log)]
    try:
        with open(os.path.join(whole.folder, "console.log"), "ab") as console:
            child = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd=whole.place,
                pass_fds=(reading,),
            )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
    finally:
        os.close(reading)
        os.close(writing)


class _Steps:
    """Which step the script is at, read from the files that it writes."""

    def __init__(self, paths: List[str], total: int) -> None:
        self.text = ""
        self._total = total
        self._read: Dict[str, int] = dict.fromkeys(paths, 0)
        self._seen: List[str] = []

    @property
    def percent(self) -> Any:
        """How many of the steps are behind it, %."""
        return round(100.0 * (len(self._seen) - 1) / self._total, 1) if self._total else None

    def look(self) -> bool:
        """Read on; whether another step has begun."""
        before = self.text
        for path in self._read:
            for line in self._new_lines(path):
                found = _STEP.search(line)
                if found:
                    self.text = f"Step {found['number']} {found['title']}"
                    self._seen += [] if found["number"] in self._seen else [found["number"]]
        return self.text != before

    def _new_lines(self, path: str) -> List[str]:
        try:
            with open(path, "rb") as file:
                file.seek(self._read[path])
                whole, newline, _ = file.read(1 << 24).rpartition(b"\n")
        except OSError:
            return []
        self._read[path] += len(whole) + len(newline)
        return whole.decode("utf-8", "replace").splitlines()
