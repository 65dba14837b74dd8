"""mous.toml as people edit it."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.errors import MousError
from casapilot.steps.mous.mous import Mous

EB = '[[eb]]\nname = "X1"\nfolder = "Calibration_X1"\nscript = "s.py"\nms = "a.ms"\n'


def load(root: Path, text: str) -> Mous:
    (root / "mous.toml").write_text(text)
    return Mous.load(root)


def test_what_is_meant_is_read(tmp_path: Path) -> None:
    mous = load(tmp_path, '[mous]\nuid = "u"\nchecklists = ["vla-line"]\n' + EB)
    assert mous.checklists == ("vla-line",)
    assert mous.eb("X1").script == tmp_path / "Calibration_X1" / "s.py"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[mous]\nuid = "u"\nchecklists = "vla-line"\n', "not a list"),
        ('[mous]\nuid = "u"\n' + EB + EB, "two EBs"),
        ('[mous]\nuid = "u"\n' + EB.replace("Calibration_X1", "../other"), "outside"),
        ('[mous]\nuid = "u"\n' + EB.replace("Calibration_X1", "/data/other"), "outside"),
        ('[mous]\nuid = "u"\n' + EB.replace('ms = "a.ms"', ""), "lacks"),
        ("[mous\n", "cannot be read"),
        ("", "lacks"),
    ],
)
def test_what_cannot_be_meant_is_told_with_the_file(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(MousError, match=word) as told:
        load(tmp_path, text)
    assert told.value.where.endswith("mous.toml") and told.value.todo
