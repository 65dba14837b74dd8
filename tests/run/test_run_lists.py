"""The checklists of a MOUS speak of its own ticket, goal and files."""

from __future__ import annotations

from pathlib import Path

from casapilot.steps.checklist.freeze import freeze
from casapilot.steps.checklist.model import Key
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.lists import checklists_of, words_of

TOML = """
[mous]
uid = "uid___A001_X1_X2"
checklists = ["alma-calibration"]

[[eb]]
name = "X2cd"
folder = "Calibration_X2cd"
script = "s.py"
ms = "uid___A002_X1_X2cd.ms"

[site]
manager = "Ada"

[tickets]
reduction = "SCI-17"
"""
GOAL = """
[goal]
rms_jy = 0.0001
frequency_hz = 230e9
bandwidth_hz = 1.875e9
beam_min_arcsec = 0.3
beam_max_arcsec = 0.5
sources = ["M 83", { name = "NGC 253", pointings = 7 }]
spws = [{ frequency_hz = 230.538e9, bandwidth_hz = 0.9375e9, frame = "rest" }]
"""


def mous(root: Path, text: str) -> Mous:
    (root / "mous.toml").write_text(text)
    freeze(["alma-calibration"], root / ".casapilot" / "checklist", overlays=())
    return Mous.load(root)


def test_site_ticket_and_goal_stand_in_the_texts(tmp_path: Path) -> None:
    (checklist,) = checklists_of(mous(tmp_path, TOML + GOAL))
    assert "0.1 mJy per beam; 1.875 GHz; 230 GHz; 0.3 to 0.5 arcsec" in " ".join(
        checklist.item("goal").why.split()
    )
    assert "Sources: M 83, NGC 253 (7 pointings). Windows: 230.538 GHz (rest), 937.5 MHz wide." in " ".join(
        checklist.item("goal").why.split()
    )
    assert "Tell Ada" in checklist.item("conflict-of-interest").instead
    assert checklist.phases[-1].points[-1].startswith("The comment in SCI-17 ")
    assert "uid___A001_X1_X2" in checklist.item("identity").look_for[0]


def test_what_is_not_set_is_said_in_words(tmp_path: Path) -> None:
    text = TOML.partition("[site]")[0]
    (checklist,) = checklists_of(mous(tmp_path, text))
    assert "the requested rms; " in checklist.item("goal").why
    assert "Tell your data reduction manager" in checklist.item("conflict-of-interest").instead
    assert not any("{site" in ref.url for item in checklist.items for ref in item.refs)


def test_an_item_of_an_eb_speaks_of_its_own_files(tmp_path: Path) -> None:
    words = words_of(mous(tmp_path, TOML), Key("alma-calibration", "wvr", "X2cd"))
    assert (words["ms"], words["eb"]) == ("uid___A002_X1_X2cd.ms", "X2cd")
    assert "ms" not in words_of(mous(tmp_path, TOML), Key("alma-calibration", "goal"))
