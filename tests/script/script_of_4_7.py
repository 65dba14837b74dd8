"""A script in the form of ALMA's generator of 2016, Python 2 and all, for an EB of `casapilot simulate`."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

TEXT = Path(__file__).parent / "data" / "scriptForCalibration-4.7.2.txt"


def field_ids(asdm: Path) -> dict[str, str]:
    """Name of each field -> its number in the MS."""
    rows = (asdm / "Field.xml").read_text().split("<row>")[1:]
    names = [re.search(r"<fieldName>\s*(.*?)\s*</fieldName>", row) for row in rows]
    return {found[1]: str(number) for number, found in enumerate(names) if found}


def edges(numbers: list[str], spws: dict[str, Any], asdm: Path) -> str:
    """The selection of the outer channels of the Tsys spws."""
    rows = (asdm / "SpectralWindow.xml").read_text().split("<row>")[1:]
    channels = [int(re.search(r"<numChan>\s*(\d+)", row)[1]) for row in rows]
    return ",".join(f"{spw}:0~3;{channels[int(spw)] - 4}~{channels[int(spw)] - 1}" for spw in numbers)


def script_text(folder: Path) -> str:
    """The script for the first EB in a folder that `casapilot simulate` made."""
    truth = json.loads((folder / "truth.json").read_text())
    block = truth["blocks"][0]
    asdm = folder / block["uid"]
    fields = field_ids(asdm)
    roles = {source["role"]: name for name, source in truth["sources"].items()}
    bandpass = truth["sources"][roles["bandpass"]]
    with open(folder / "antennapos.csv", newline="") as file:
        positions = [row for row in csv.DictReader(file) if row["ms"].startswith(block["uid"])]
    science = [str(spw) for spw in block["science_spws"]]
    tsys = sorted({spw for spw in block["spws"] if _is_tsys(spw, block)}, key=int)
    target = block["target"]["name"]
    good = [name for name in block["antennas"] if name not in block["not_as_reference"]]
    tokens = {
        "UID": block["uid"],
        "SCI": ",".join(science),
        "SCI1": science[0],
        "NOTWVR": f"1~{max(map(int, block['spws']))}",
        "TSYSEDGE": edges(tsys, block["spws"], asdm),
        "REFANT": good[0],
        "FLUX": f"{bandpass['jy']:.4f}",
        "SPIX": f"{bandpass['spectral_index']:.4f}",
        "POSANT": ",".join(row["antenna"] for row in positions),
        "POS": ",".join(row[axis] for row in positions for axis in ("xoff", "yoff", "zoff")),
        "TARNAME": target,
        "TAR": fields[target],
    }
    for role, token in (("bandpass", "BP"), ("phase", "PH"), ("check", "CHK")):
        tokens[token] = fields[roles[role]]
        tokens[f"{token}NAME"] = roles[role]
    return re.sub("@([A-Z0-9]+)@", lambda found: tokens[found[1]], TEXT.read_text())


def _is_tsys(spw: str, block: dict[str, Any]) -> bool:
    """Whether it has the centre of a science spw, and is none."""
    centres = {block["spws"][str(number)]["centre_hz"] for number in block["science_spws"]}
    science = {str(number) for number in block["science_spws"]}
    return spw not in science and block["spws"][spw]["centre_hz"] in centres
