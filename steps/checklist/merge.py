"""One checklist from several files: what it includes comes first, what overrides it comes last."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ChecklistError
from .lines import Where
from .model import Checklist, Item, Phase
from .read import read_fields, read_table, tables_of
from .rules import ID, Placed, check_id, check_item, check_line, check_texts
from .shape import HEAD, OVERRIDE, SCHEMA, TABLES
from .source import Problem, Source, nearest, printable, read_source
from .whole import check_whole

__all__ = ["NO_CHECKLISTS", "SHIPPED", "Merged", "find_file", "merge"]

#: The checklists that come with casapilot.
SHIPPED = Path(__file__).resolve().parents[2] / "checklists"
#: Files that lie beside the checklists and are none.
NO_CHECKLISTS = {"known-issues", "causes"}

_ROOT = ("schema", "checklist", *TABLES)


@dataclass(frozen=True, slots=True)
class Merged:
    """A checklist, what is wrong with it, and what was overridden."""

    checklist: Checklist
    problems: list[Problem]
    overridden: tuple[str, ...]
    """For each override: item, file and reason, in one line."""


def merge(path: Path, *, search: Sequence[Path], overlays: Sequence[Path]) -> Merged:
    """Read `path` and all that belongs to it; ChecklistError only when `path` itself cannot be read."""
    return _Merger((*search, SHIPPED, *overlays), overlays).merge(read_source(path))


def find_file(name: str, folders: Sequence[Path], but: Path | None = None) -> Path | None:
    """The first file of a checklist called `name` in `folders`, other than `but`."""
    if not ID.fullmatch(name):
        return None
    for folder in folders:
        path = folder / f"{name}.toml"
        if path.is_file() and not (but is not None and path.samefile(but)):
            return path
    return None


@dataclass(slots=True)
class _Merger:
    folders: Sequence[Path]
    overlays: Sequence[Path]
    sources: list[Source] = field(default_factory=list)
    phases: list[tuple[Phase, Source, Where]] = field(default_factory=list)
    items: list[Placed] = field(default_factory=list)
    overridden: list[str] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)

    def merge(self, source: Source) -> Merged:
        base = self._base_of(source)
        head = self._add(base or source)
        if base is not None:
            self._lay_over(source)
        for placed in self.items:
            check_item(placed)
        if not any(each.problems for each in self.sources):
            check_whole(source, self.phases, self.items)
        checklist = Checklist(
            **head,
            phases=tuple(phase for phase, _, _ in self.phases),
            items=tuple(placed.item for placed in self.items),
            files=tuple(each.path for each in self.sources),
        )
        problems = [
            problem
            for each in sorted(self.sources, key=lambda each: each is not source)
            for problem in sorted(each.problems, key=lambda problem: problem.line)
        ]
        return Merged(checklist, problems, tuple(self.overridden))

    def _base_of(self, source: Source) -> Source | None:
        """The checklist that `source` only changes: its [checklist] holds nothing but the id of that."""
        head = source.data.get("checklist")
        if not isinstance(head, dict) or set(head) != {"id"} or not isinstance(head["id"], str):
            return None
        path = find_file(head["id"], self.folders, but=source.path)
        return None if path is None else read_source(path)

    def _add(self, source: Source) -> dict[str, Any]:
        """Add a file, what it includes before it, and what lies over it after it; return its head."""
        self.sources.append(source)
        head = self._head(source)
        self._met.add(head["id"])
        for index, name in enumerate(head.pop("include", ())):
            self._include(source, ("checklist", "include", index), name)
        self._add_tables(source)
        for folder in self.overlays:
            path = find_file(head["id"], [folder], but=source.path)
            if path is not None and path not in [each.path for each in self.sources]:
                self._lay_over(read_source(path))
        return head

    def _head(self, source: Source) -> dict[str, Any]:
        where: Where = ("checklist",)
        head: dict[str, Any] = dict.fromkeys(("id", "title", "version", "date", "owner"), "")
        if not self._check_root(source):
            return head
        data = source.data["checklist"]
        if isinstance(data, dict) and set(data) == {"id"}:
            text = "holds only an id: it changes the checklist of that id, which is not there"
            source.report(where, text, "Mend the id, or write title, version, date and owner.")
            return head
        required = tuple(head)
        head.update(read_fields(HEAD, data, source, where, "[checklist]", required))
        check_id(source, (*where, "id"), head["id"])
        for name in required[1:]:
            check_line(source, (*where, name), head[name])
        return head

    def _check_root(self, source: Source) -> bool:
        """Whether the top of the file is as it should be, so far that [checklist] can be read."""
        if source.problems:
            return False
        for name in source.data:
            if name not in _ROOT:
                source.report((name,), f'unknown key "{printable(name)}"', nearest(name, _ROOT))
        schema = source.data.get("schema")
        if type(schema) is not int or schema != SCHEMA:
            text = 'has no "schema"' if schema is None else '"schema" is not one that this casapilot knows'
            source.report(("schema",), text, f"Write at the top: schema = {SCHEMA}")
        if "checklist" not in source.data:
            source.report(("checklist",), "has no [checklist]", "Write: [checklist] with id, title, version.")
        return "checklist" in source.data

    def _include(self, source: Source, where: Where, name: str) -> None:
        if name in self._met:
            return
        folders = (source.path.parent, *self.folders)
        path = find_file(name, folders)
        if path is None:
            names = {file.stem for folder in folders for file in folder.glob("*.toml")} - NO_CHECKLISTS
            source.unknown(where, "checklist", name, names)
            return
        try:
            included = read_source(path)
        except ChecklistError as error:
            source.report(where, f"{path} {error.what}")
            return
        if self._add(included)["id"] != name and not included.problems:
            included.report(("checklist", "id"), f'the id in a file called {path.name} must be "{name}"')

    def _add_tables(self, source: Source) -> None:
        for index, data in enumerate(tables_of(source.data, "phase", source)):
            where: Where = ("phase", index)
            phase = read_table(Phase, data, source, where, _name("phase", index, data))
            check_id(source, (*where, "id"), phase.id)
            check_line(source, (*where, "title"), phase.title)
            check_texts(source, where, phase)
            self.phases.append((phase, source, where))
        for index, data in enumerate(tables_of(source.data, "item", source)):
            where = ("item", index)
            item = read_table(Item, data, source, where, _name("item", index, data))
            self.items.append(Placed(item, source, where))
        for index, data in enumerate(tables_of(source.data, "override", source)):
            self._override(source, ("override", index), data)

    def _lay_over(self, source: Source) -> None:
        """Add a file that changes the checklist of the same id."""
        self.sources.append(source)
        head = source.data.get("checklist")
        if self._check_root(source) and isinstance(head, dict) and set(head) != {"id"}:
            text = "has the id of a checklist that is already there"
            todo = "Give it another id; or keep only the id, and change items with [[override]]."
            source.report(("checklist",), text, todo)
            return
        self._add_tables(source)

    def _override(self, source: Source, where: Where, data: object) -> None:
        values = read_fields(OVERRIDE, data, source, where, "[[override]]", ("item", "because"))
        name, because = values.pop("item", ""), values.pop("because", "")
        if source.is_right((*where, "because")) and not because.strip():
            source.report((*where, "because"), '"because" must say why')
        if not source.is_right((*where, "item")):
            return
        for index, placed in enumerate(self.items):
            if placed.item.id == name:
                self.items[index] = Placed(dataclasses.replace(placed.item, **values), source, where)
                self.overridden.append(f"{name}: {source.path}: {' '.join(because.split())}")
                return
        source.unknown((*where, "item"), "item", name, [placed.item.id for placed in self.items])


def _name(what: str, index: int, data: object) -> str:
    """How to call a table in a sentence: by its id, where it has one."""
    name = data.get("id") if isinstance(data, dict) else None
    return f'{what} "{printable(name)}"' if isinstance(name, str) else f"{what} {index + 1}"
