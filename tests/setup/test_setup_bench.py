"""The benches run, small, and `make bench` finds them all; what they measure is not tested."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)


def test_the_bench_of_a_commit_gives_its_ratios():
    done = run("bench/commit.py", "--files", "60", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    commit, status = done.stdout.splitlines()
    assert "ratio" in commit and "beside 60 files" in commit and status.startswith("git status")


def test_a_bench_that_does_not_exist_is_named_with_those_that_do():
    done = run("-m", "bench", "nothing")
    assert done.returncode == 2
    assert "nothing" in done.stderr and "commit" in done.stderr and "startup" in done.stderr
    assert "make_ms" not in done.stderr and "_measure" not in done.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "bench").glob("[a-z]*.py")))
def test_each_bench_begins(name: str):
    """What it imports is there: a bench that nothing runs for weeks is the last to hear of a new name."""
    done = run(f"bench/{name}", "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: {name}"), done.stderr
