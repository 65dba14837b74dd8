"""A reduction begun by hand: what lies in its folders, EB by EB. Nothing is opened for writing."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .uids import short_names

__all__ = ["HandEb", "find_by_hand", "is_table", "is_uid_name"]

_NAME = re.compile(r"(uid___[A-Z]\d{3}_X[0-9a-f]+_X[0-9a-f]+)((?:\.asdm)?(?:\.sdm)?$|\..*|_.*)?$")
#: Folders of a MOUS that hold no EB.
_OTHERS = {"Imaging", "Combination", "qa2", "product", "log", "qa"}
_LOGS = ("*.log", "*.wvrgcal", "*.fluxscale", "*.log.[0-9]*")
_LARGEST_SCRIPT = 4 << 20


@dataclass(frozen=True, slots=True)
class HandEb:
    """An execution block that somebody has worked on."""

    name: str
    uid: str
    place: str
    """Its folder relative to the MOUS; "." for the MOUS's own."""
    asdm: str = ""
    """Name of its ASDM directory, or empty."""
    script: str = ""
    """Name of its calibration script, or empty."""
    other_scripts: tuple[str, ...] = ()
    """Names of more scripts in its folder."""
    is_alone: bool = True
    """Whether its folder holds no other EB."""
    foreign: tuple[str, ...] = ()
    """Names of scripts in its folder that are of another EB, by name or by what stands in them."""

    @property
    def ms(self) -> str:
        """Name of its MS, there or not."""
        return f"{self.uid}.ms"

    def folder(self, root: Path) -> Path:
        """Return its folder."""
        return root / self.place

    def logs(self, root: Path) -> list[Path]:
        """Logs in its folder and, where that is another, above: those may be of other EBs too."""
        folders = dict.fromkeys([self.folder(root), root])
        found = [path for folder in folders for kind in _LOGS for path in folder.glob(kind)]
        return sorted({path for path in found if path.is_file()})


def find_by_hand(root: Path) -> tuple[HandEb, ...]:
    """The EBs that were worked on in a folder: with an MS, a script, or an ASDM and something beside it.

    Parameters
    ----------
    root : Path
        Where the reduction lies: Calibration_* folders, or all in one.

    Returns
    -------
    tuple of HandEb
        By folder and uid.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for place in _places(root):
        for name in sorted(os.listdir(root / place)):
            match = _NAME.fullmatch(name)
            if match:
                found.setdefault((place, match[1]), []).append(name)
    worked = {key: names for key, names in found.items() if any(_is_work(key[1], name) for name in names)}
    strays = {key for key, names in worked.items() if _is_stray(key, names, worked)}
    worked = {key: names for key, names in worked.items() if key not in strays}
    # The same EB in two folders: where more of it lies.
    best = {uid: max((len(n), p) for (p, u), n in worked.items() if u == uid)[1] for _, uid in worked}
    chosen = [(place, uid) for place, uid in worked if best[uid] == place]
    shorts = short_names([uid for _, uid in chosen])
    ebs = [
        _eb(root, place, uid, short, found[place, uid], [p for p, _ in chosen].count(place) == 1)
        for (place, uid), short in zip(chosen, shorts, strict=True)
    ]
    return tuple(replace(eb, foreign=tuple(_foreign(root, eb, strays, found))) for eb in ebs)


def is_table(path: Path) -> bool:
    """Whether a path is a table of casacore: an MS, a caltable, an image."""
    return (path / "table.dat").is_file()


def is_uid_name(name: str) -> bool:
    """Whether the name of a file or folder begins with a uid."""
    return _NAME.fullmatch(name) is not None


def _places(root: Path) -> Iterator[str]:
    """The folders in which EBs may lie, relative to the MOUS."""
    if not root.is_dir():
        return
    yield "."
    with os.scandir(root) as entries:
        names = sorted(each.name for each in entries if each.is_dir())
    for name in names:
        hidden = name.startswith(".") or name in _OTHERS or is_uid_name(name)
        if not hidden and not is_table(root / name):
            yield name


def _is_work(uid: str, name: str) -> bool:
    return name.startswith(f"{uid}.ms")


def _is_stray(key: tuple[str, str], names: Sequence[str], worked: Mapping[tuple[str, str], object]) -> bool:
    """Whether of an EB there are only scripts, in the folder of another: copied from there, and left."""
    alone = all(place != key[0] for place, uid in worked if uid != key[1])
    return not alone and all(name.endswith(".py") for name in names)


def _foreign(
    root: Path,
    eb: HandEb,
    strays: Container[tuple[str, str]],
    found: Mapping[tuple[str, str], Sequence[str]],
) -> Iterator[str]:
    """The scripts of others in the folder of an EB; one that has its name and another's text is one too."""
    for (place, uid), names in found.items():
        if place == eb.place and (place, uid) in strays:
            yield from names
    standard = f"{eb.ms}.scriptForCalibration.py"
    if standard not in (eb.script, *eb.other_scripts) and (eb.folder(root) / standard).is_file():
        yield standard


def _eb(root: Path, place: str, uid: str, short: str, names: Sequence[str], alone: bool) -> HandEb:
    folder = root / place
    asdm = next(
        (n for n in names if not n.startswith(f"{uid}.ms") and (folder / n / "ASDM.xml").exists()), ""
    )
    scripts = _scripts(folder, uid, alone)
    return HandEb(short, uid, place, asdm, scripts[0] if scripts else "", tuple(scripts[1:]), alone)


def _scripts(folder: Path, uid: str, alone: bool) -> list[str]:
    """Scripts of an EB, the one to go by first: by its standard name, else the newest that has steps."""
    standard = f"{uid}.ms.scriptForCalibration.py"
    named = [path for path in folder.glob("*.py") if _is_of(path, uid, alone)]
    by_age = sorted(named, key=lambda path: (-path.stat().st_mtime, path.name))
    return [path.name for path in sorted(by_age, key=lambda path: _rank(path.name, standard))]


def _rank(name: str, standard: str) -> int:
    if name == standard:
        return 0
    return 1 if "scriptforcalibration" in name.lower() else 2


def _is_of(path: Path, uid: str, alone: bool) -> bool:
    """Whether a script is of the EB: its steps name that, or it lies in a folder with no other."""
    if not path.is_file() or path.stat().st_size > _LARGEST_SCRIPT:
        return False
    text = path.read_bytes()
    if b"step" not in text:
        return False
    return uid.encode() in text or (alone and b"uid___A" not in text)
