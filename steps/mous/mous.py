"""A MOUS on disk: where its files are, and mous.toml."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MousError
from .goal import Goal, read_goal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Eb", "Mous", "find_mous"]

FILE = "mous.toml"
FOLDER = ".casapilot"


@dataclass(frozen=True, slots=True)
class Eb:
    """One execution block."""

    name: str
    """Short name, as in Calibration_X2cd: "X2cd"."""
    uid: str
    folder: Path
    script: Path
    ms: str
    """Name of the imported MS in `folder`."""
    asdm: str = ""
    """Name of the ASDM directory in `folder`; empty where there is none (any more)."""


@dataclass(frozen=True, slots=True)
class Mous:
    """A MOUS and the paths of what casapilot keeps in it."""

    root: Path
    uid: str
    project: str = ""
    title: str = ""
    checklists: tuple[str, ...] = ()
    ebs: tuple[Eb, ...] = ()
    casa_python: str = ""
    """Python of the CASA to use; empty for the one casapilot is installed in."""
    launcher: str = "local"
    launcher_options: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """Facts of the data that a person stated ([facts])."""
    sb: str = ""
    """Name of the scheduling block; its end names the array."""
    reducer: str = ""
    """Initials of who reduces it."""
    conflict_of_interest: str = ""
    """The reducer's answer: "none", or which it is; empty where nobody has asked."""
    goal: Goal | None = None
    """What was asked for."""
    tickets: dict[str, str] = field(default_factory=dict)
    """Name of a ticket system, or of what a ticket is for -> the ticket."""
    site: dict[str, str] = field(default_factory=dict)
    """What differs from site to site and texts may name: where deliveries go, where the guide is."""

    @property
    def own(self) -> Path:
        """The folder .casapilot/."""
        return self.root / FOLDER

    @property
    def checklist_folder(self) -> Path:
        """The checklists as they were frozen at init."""
        return self.own / "checklist"

    @property
    def settings(self) -> tuple[Path, ...]:
        """What says how it is reduced, and is in git: mous.toml and the checklists."""
        return (self.root / FILE, *sorted(self.checklist_folder.glob("*.toml")))

    @property
    def runs(self) -> Path:
        """One record per run."""
        return self.own / "runs"

    @property
    def ticks(self) -> Path:
        """Sign-offs, notes and skips."""
        return self.own / "ticks.toml"

    @property
    def live(self) -> Path:
        """What is not kept in git: journal, logs, process files."""
        return self.own / "live"

    @property
    def journal(self) -> Path:
        """The journal."""
        return self.live / "events.jsonl"

    def eb(self, name: str) -> Eb:
        """The EB called `name`."""
        for eb in self.ebs:
            if eb.name == name:
                return eb
        names = ", ".join(eb.name for eb in self.ebs) or "none"
        raise MousError(f"has no EB {name!r}", str(self.root / FILE), f"It has: {names}.")

    @classmethod
    def load(cls, root: Path) -> Mous:
        """Read mous.toml of the MOUS at `root`."""
        path = root / FILE
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise MousError(
                "is not a MOUS of casapilot: it has no mous.toml",
                str(root),
                "Go to the MOUS's folder, or try one out with: casapilot demo",
            ) from error
        except (OSError, ValueError) as error:
            raise MousError(
                f"cannot be read: {error}", str(path), "Mend it, or: git checkout mous.toml"
            ) from error
        return _from_data(root, path, data)


def find_mous(start: Path) -> Mous:
    """The MOUS that `start` lies in: the nearest folder upwards that has a mous.toml."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return Mous.load(folder)
    raise MousError(
        "is not in a MOUS of casapilot: no mous.toml here or above",
        str(start),
        "Go to the MOUS's folder, or try one out with: casapilot demo",
    )


def _from_data(root: Path, path: Path, data: dict[str, Any]) -> Mous:
    try:
        head = data["mous"]
        _check(path, data)
        ebs = tuple(_eb(root, each) for each in data.get("eb", ()))
        run = dict(data.get("run", {}))
        return Mous(
            root=root,
            uid=str(head["uid"]),
            project=str(head.get("project", "")),
            title=str(head.get("title", head["uid"])),
            checklists=tuple(head.get("checklists", ())),
            ebs=ebs,
            casa_python=str(data.get("casa", {}).get("python", "")),
            launcher=str(run.pop("launcher", "local")),
            launcher_options=run,
            facts=dict(data.get("facts", {})),
            sb=str(head.get("sb", "")),
            reducer=str(head.get("reducer", "")),
            conflict_of_interest=str(head.get("conflict_of_interest", "")),
            goal=_goal(path, data),
            tickets=_texts(path, data, "tickets"),
            site=_texts(path, data, "site"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise MousError(
            f"lacks or misspells {error}", str(path), "Compare it with: casapilot demo"
        ) from error


def _check(path: Path, data: dict[str, Any]) -> None:
    """Refuse what can be read and cannot be meant; KeyError and TypeError are the caller's."""
    if not isinstance(data["mous"].get("checklists", []), list):
        raise MousError("checklists is not a list", str(path), 'Write: checklists = ["vla-line"]')
    names = [each["name"] for each in data.get("eb", ())]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise MousError(f"has two EBs called {twice!r}", str(path), "Give each a name of its own.")
    for each in data.get("eb", ()):
        folder = Path(each["folder"])
        if folder.is_absolute() or ".." in folder.parts:
            raise MousError(f"has an EB outside of the MOUS: {str(folder)!r}", str(path), "Link its folder.")


def _goal(path: Path, data: dict[str, Any]) -> Goal | None:
    if "goal" not in data:
        return None
    try:
        return read_goal(data["goal"])
    except ValueError as error:
        raise MousError(str(error.args[0]), str(path), str(error.args[1])) from error


def _texts(path: Path, data: dict[str, Any], name: str) -> dict[str, str]:
    """Return a table of texts that people name as they like."""
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise MousError(f"{name} is not a table", str(path), f'Write: [{name}], and below it: name = "..."')
    wrong = next((key for key, value in table.items() if not isinstance(value, str | int | float)), None)
    if wrong is not None:
        raise MousError(f"{name}.{wrong} is not a text", str(path), f'Write: {wrong} = "..."')
    return {key: str(value) for key, value in table.items()}


def _eb(root: Path, data: dict[str, Any]) -> Eb:
    folder = root / data["folder"]
    return Eb(
        name=str(data["name"]),
        uid=str(data.get("uid", data["name"])),
        folder=folder,
        script=folder / data["script"],
        ms=str(data["ms"]),
        asdm=str(data.get("asdm", "")),
    )
