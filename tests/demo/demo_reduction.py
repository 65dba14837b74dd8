"""What is measured on the demo, once it is reduced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What cannot be measured, and why.
REFUSED = [
    ("max_amplitude_jy", "NGC5921.ms:nosuchfield"),
    ("max_amplitude_jy", "NGC5921.ms.split.cal::corrected"),
    ("max_amplitude_jy", "NGC5921.cube.image"),
    ("image_max_jy", "NGC5921.moments.integrated"),
    ("image_max_jy", "NGC5921.ms"),
    ("n_rows", "NGC5921.fits"),
]
#: The same numbers by other ways of naming them.
OTHERWISE = [
    ("flux_density_jy", "1"),
    ("flux_density_jy", "1445*:0"),
    ("max_amplitude_jy", "NGC5921.ms:1"),
    ("max_amplitude_jy", "NGC5921.ms:1445*"),
]


@dataclass
class Reduction:
    """The demo's script, run in plain CASA, and all that was measured afterwards."""

    folder: Path
    measured: dict[tuple[str, str], dict[str, Any]]
    listed: dict[str, Any]
    flagged: float
    stdout: str
