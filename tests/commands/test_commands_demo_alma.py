"""What `make demo` runs: two ALMA execution blocks from the ASDMs to calibrated data, without a terminal."""

import json
import re
from pathlib import Path

import pytest
from commands_kit import casapilot, end_all

pytestmark = pytest.mark.casa


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo") / "alma [b]"
    answer = casapilot("demo", root)
    yield root, answer
    end_all(root)


def items(root: Path) -> list[dict]:
    return json.loads(casapilot("status", "--json", root).stdout)["items"]


def test_it_ends_well_and_each_item_that_runs_is_done_or_told_why_not(demo):
    root, answer = demo
    assert answer.returncode == 0, answer.stderr
    ran = [item for item in items(root) if item["kind"] in ("run", "check")]
    assert len({item["eb"] for item in ran if item["eb"]}) == 2
    for item in ran:
        assert item["state"] in ("done", "warned") or (item["state"] == "skipped" and item["detail"]), item


def test_the_flux_densities_are_those_that_were_put_in(demo):
    found = re.findall(r"^(X\w+) +(J\S+) +(\d+) .* ([-+]\d+\.\d)%$", demo[1].stdout, re.MULTILINE)
    assert len(found) == 8
    assert all(abs(float(percent)) < 8 for *_, percent in found), found


def test_the_bad_radiometer_is_named_among_what_to_look_at(demo):
    root, answer = demo
    for block in json.loads((root / "truth.json").read_text())["blocks"]:
        (bad,) = [each for each in block["defects"] if each["name"] == "bad-wvr"]
        eb = block["uid"].rpartition("_")[2]
        look_at = answer.stdout.partition("Look at")[2].partition(eb)[2]
        assert bad["antenna"] in look_at.partition("\n  X")[0]


def test_the_script_alone_gives_the_same_tables(demo):
    root, _ = demo
    whole = [item for item in items(root) if item["item"] == "clean-run"]
    assert len(whole) == 2 and {item["state"] for item in whole} <= {"done", "warned"}
    log = casapilot("log", root).stdout
    assert len(re.findall(r"done, 1\d tables identical", log)) == 2


def test_run_again_it_has_nothing_left_to_do(demo):
    root = demo[0]
    before = casapilot("log", root).stdout
    again = casapilot("demo", root, "--headless")
    assert again.returncode == 0 and "Nothing is left to run" in again.stderr
    assert casapilot("log", root).stdout == before
