"""Real terminals: a pseudo-terminal always; tmux and GNU screen where they are installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

APP = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from fake_session import FakeSession
from casapilot.tui.app import open_mous
session = FakeSession(Path(sys.argv[2]))
session.rest()
asked = session.run
def run(keys, *, confirmed=False):
    Path(sys.argv[2], "ran").write_text(keys[0].item)
    asked(keys, confirmed=confirmed)
session.run = run
sys.exit(open_mous(Path(sys.argv[2]), session=session))
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "m").mkdir()
    return [sys.executable, "-c", APP, str(Path(__file__).parent), str(tmp_path / "m")]


class Tty:
    """A program in a pseudo-terminal, and the screen it has drawn."""

    def __init__(self, command: list[str], **environ: str) -> None:
        self.child = pexpect.spawn(
            command[0], command[1:], dimensions=(24, 80), env={**os.environ, **environ}, timeout=20
        )
        self.child.delaybeforesend = None
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def screen(self) -> str:
        return "\n".join(self._screen.display)

    def wait(self, seen: Callable[[str], bool] | str) -> None:
        """Until the screen shows it."""
        found = (lambda screen: seen in screen) if isinstance(seen, str) else seen
        end = time.monotonic() + 20
        while not found(self.screen):
            assert time.monotonic() < end, f"not seen: {seen}\n{self.screen}"
            try:
                self._stream.feed(self.child.read_nonblocking(1 << 16, timeout=0.2))
            except pexpect.TIMEOUT:
                continue

    def send(self, keys: str) -> None:
        self.child.send(keys)

    def end(self) -> int | None:
        """The exit code, once it has ended."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


def drive(tty: Tty, root: Path) -> None:
    """Open, move, look, run, leave."""
    tty.wait("Moment maps")
    tty.send("G")
    tty.wait("Moment maps: why")
    tty.send("k")
    tty.wait("Clean the cube: why")
    tty.send("3")
    tty.send("\r")
    tty.wait("is in the queue")
    assert (root / "ran").read_text() == "clean"
    tty.send("?")
    tty.wait("Help: the list of items")
    tty.send("\x1b")
    tty.wait(lambda screen: "Help:" not in screen)
    tty.send("q")


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "linux", "vt100"])
def test_opens_moves_runs_and_quits_at_80x24(term: str, command: list[str]) -> None:
    tty = Tty(command, TERM=term)
    drive(tty, Path(command[-1]))
    assert tty.end() == 0


def test_c_locale_draws_in_ascii_only(command: list[str]) -> None:
    tty = Tty(command, LANG="C", LC_ALL="C")
    tty.wait("Moment maps")
    tty.send("x")
    tty.wait("nothing runs")
    assert tty.screen.isascii()
    tty.send("q")
    assert tty.end() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_hang_up_and_terminate_end_it_cleanly(number: int, code: int, command: list[str]) -> None:
    tty = Tty(command)
    tty.wait("Moment maps")
    tty.child.kill(number)
    assert tty.end() == code


def test_terminal_that_is_gone_ends_it_cleanly(command: list[str]) -> None:
    tty = Tty(command)
    tty.wait("Moment maps")
    os.close(tty.child.child_fd)
    _, status = os.waitpid(tty.child.pid, 0)
    tty.child.child_fd, tty.child.terminated, tty.child.closed = -1, True, True
    assert os.WIFEXITED(status)
    assert os.WEXITSTATUS(status) == 129


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    def run(*words: str) -> str:
        line = ["tmux", "-S", str(tmp_path / "tmux.sock"), "-f", "/dev/null", *words]
        return subprocess.run(line, capture_output=True, text=True, check=False).stdout

    yield run
    run("kill-server")


@pytest.mark.terminal
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_works_in_tmux(size: tuple[int, int], command: list[str], tmux: Callable[..., str]) -> None:
    def wait(text: str) -> str:
        end = time.monotonic() + 20
        while text not in (screen := tmux("capture-pane", "-p")):
            assert time.monotonic() < end, screen
            time.sleep(0.1)
        return screen

    width, height = map(str, size)
    tmux("new-session", "-d", "-x", width, "-y", height, *command)
    screen = wait("Moment maps")
    assert max(map(len, screen.splitlines())) > size[0] - 15
    assert "│" in screen
    tmux("send-keys", "G", "k")
    wait("Clean the cube: why")
    tmux("send-keys", "Enter")
    wait("is in the queue")
    tmux("send-keys", "g", "j")
    wait("importuvfits(")
    tmux("send-keys", "y")
    wait("given to tmux")
    assert tmux("show-buffer").startswith("importuvfits(")
    tmux("send-keys", "q")
    end = time.monotonic() + 20
    while tmux("list-sessions"):
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.terminal
@pytest.mark.skipif(shutil.which("screen") is None, reason="GNU screen is not installed")
def test_works_in_gnu_screen(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = tmp_path / "s"
    sockets.mkdir(mode=0o700)
    monkeypatch.setenv("SCREENDIR", str(sockets))
    monkeypatch.delenv("STY", raising=False)
    settings = tmp_path / "screenrc"
    settings.write_text("startup_message off\ndefutf8 on\n")
    tty = Tty(["screen", "-U", "-c", str(settings), *command])
    drive(tty, Path(command[-1]))
    tty.wait("screen is terminating")
    tty.end()
