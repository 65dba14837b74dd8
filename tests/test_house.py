"""The rules of the house (ARCHITECTURE.md): who may import whom, and what every module is like."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOREIGN = {"textual", "git", "casatools", "casatasks"}

#: Floors from the ground up; nothing imports from a floor above its own.
FLOORS = (
    {"errors", "journal", "control", "version", "wholefile"},
    {"mous", "script", "checklist", "watch", "asdm", "fluxes", "plot"},
    {"casa", "record", "generate", "simulate"},
    {"diagnose"},
    {"cures"},
    {"run"},
    {"doctor"},
)
#: Above 400 lines is a smell, above this a defect.
LONGEST = 450
#: What has to run on the Python of an older CASA.
OLD_PYTHON = ("casa", "simulate", "errors", "journal", "control")


def modules(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    # Scripts in a folder that is no package are data.
    return [path for path in paths if path.parent.name == "bench" or (path.parent / "__init__.py").exists()]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("casapilot", *(parts[:-1] if parts[-1] == "__init__" else parts)))


def imported(path: Path) -> set[str]:
    """Full names of all that a module imports, wherever in it."""
    found = set()
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


def rooms(path: Path) -> set[str]:
    """Rooms of steps/ that a module imports from."""
    return {name.split(".")[2] for name in imported(path) if name.startswith("casapilot.steps.")}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "steps").with_suffix("").parts[0]


def floor(room: str) -> int:
    for number, names in enumerate(FLOORS):
        if room in names:
            return number
    raise AssertionError(f"steps/{room} stands on no floor: name it in FLOORS and in ARCHITECTURE.md")


def loaded_by(paths: list[Path], watched: set[str]) -> dict[str, set[str]]:
    """Module -> those of `watched` that its import brings in, each found in one fresh Python."""
    code = (
        "import importlib, sys\n"
        "watched = set(sys.argv[1].split(','))\n"
        "for name in sys.argv[2:]:\n"
        "    importlib.import_module(name)\n"
        "    for each in watched & set(sys.modules):\n"
        "        print(name, each)\n"
        "    watched -= set(sys.modules)\n"
    )
    names = [name_of(path) for path in paths]
    words = [sys.executable, "-c", code, ",".join(sorted(watched)), *names]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        found.setdefault(line.split()[0], set()).add(line.split()[1])
    return found


def test_the_floors_are_all_there():
    assert {room_of(path) for path in modules("steps")} - {"__init__"} == set().union(*FLOORS)


@pytest.mark.parametrize("path", modules("steps"), ids=name_of)
def test_nothing_imports_upward(path):
    if path.name == "__init__.py" and path.parent == ROOT / "steps":
        return
    own = room_of(path)
    allowed = {room for names in FLOORS[: floor(own) + 1] for room in names}
    assert rooms(path) <= allowed
    assert not [name for name in imported(path) if name.startswith("casapilot.tui")]


def test_casa_and_record_do_not_know_each_other():
    assert not [path for path in modules("steps/casa") if "record" in rooms(path)]
    assert not [path for path in modules("steps/record") if "casa" in rooms(path)]


def test_run_and_casa_meet_in_the_journal_only():
    assert not [str(path) for path in modules("steps/run") if "casa" in rooms(path)]


def test_the_room_inside_casa_imports_itself_errors_journal_and_control_only():
    for path in modules("steps/casa"):
        assert rooms(path) <= {"casa", "errors", "journal", "control"}, path


def test_the_simulator_knows_no_other_room():
    for path in modules("steps/simulate"):
        assert rooms(path) <= {"simulate", "errors"}, path


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("textual", ("tui/",)),
        ("git", ("steps/record/",)),
        ("casatools", ("steps/casa/", "steps/simulate/heavens.py")),
        ("casatasks", ("steps/casa/",)),
        ("casaconfig", ("steps/casa/",)),
    ],
)
def test_each_foreign_package_has_one_room_that_imports_it(package, homes):
    for path in modules("steps", "tui"):
        place = path.relative_to(ROOT).as_posix()
        if package in {name.split(".")[0] for name in imported(path)}:
            assert place.startswith(homes), f"{place} imports {package}"


def test_steps_can_be_imported_without_the_screens_casa_and_git():
    assert loaded_by(modules("steps"), FOREIGN) == {}


def test_the_screens_can_be_imported_without_casa_and_git():
    assert loaded_by(modules("tui"), FOREIGN - {"textual"}) == {}


def test_the_command_line_starts_without_the_screens():
    light = [ROOT / "tui" / "cli.py", *modules("tui/commands")]
    assert loaded_by(light, {"textual", "tree_sitter", "numpy"}).keys() <= {"casapilot.tui.commands.script"}


@pytest.mark.parametrize(
    "path", [path for path in modules("steps") if room_of(path) in OLD_PYTHON], ids=name_of
)
def test_what_runs_inside_an_older_casa_is_written_for_python_3_8(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert future or path.name == "__init__.py", "annotations like list[int] need the __future__ import"


@pytest.mark.parametrize("path", modules("steps", "tui", "bench"), ids=name_of)
def test_every_module_says_what_it_is_and_is_not_too_long(path):
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") <= LONGEST, "it is more than one thing"


def test_the_architecture_names_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for room in set().union(*FLOORS):
        assert re.search(rf"\b{room}\b", text), room
