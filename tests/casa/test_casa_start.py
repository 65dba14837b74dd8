"""How CASA is configured and found, in processes of their own; on the oldest Python too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from casa_worker_kit import LAUNCH, fake_environment, old_python

ROOM = LAUNCH.parent


def run(code: str, *path: Path, python: str = sys.executable, **environment: str) -> Any:
    """Run `code` behind launch.py's open_house and return what it printed as JSON."""
    start = f"import sys; sys.path.insert(0, {str(ROOM)!r}); from launch import open_house; open_house()\n"
    env = fake_environment(python)
    env["PYTHONPATH"] = os.pathsep.join([*map(str, path), env["PYTHONPATH"]])
    done = subprocess.run(
        [python, "-c", start + code], env={**env, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CONFIGURE = """
import json
from casapilot.steps.casa import config
config.configure('/x.log', '/scratch')
from casaconfig import config as found
print(json.dumps({name: value for name, value in vars(found).items() if name[0] != '_' and name != 'sys'}))
"""


def site(folder: Path, with_data: bool) -> Path:
    """A casaconfig as a site may have it, and casadata where wanted."""
    (folder / "casaconfig").mkdir()
    (folder / "casaconfig" / "__init__.py").write_text("")
    text = "import sys\nargv = list(sys.argv)\nmeasurespath = '/site/data'\ndatapath = ['/site/data']\n"
    text += "logfile = 'casa-x.log'\nnogui = agg = False\nmeasures_auto_update = data_auto_update = True\n"
    (folder / "casaconfig" / "config.py").write_text(text)
    if with_data:
        (folder / "casadata").mkdir()
        (folder / "casadata" / "__init__.py").write_text("datapath = '/casadata/__data__'\n")
    else:
        (folder / "casadata.py").write_text("raise ImportError\n")
    return folder


def test_with_the_data_package_no_configuration_of_the_user_is_read(tmp_path: Path) -> None:
    found = run(CONFIGURE, site(tmp_path, with_data=True))
    assert found["argv"][1:] == ["--noconfig", "--nositeconfig"]
    assert (found["measurespath"], found["datapath"]) == ("/casadata/__data__", ["/casadata/__data__"])
    assert (found["nogui"], found["agg"], found["measures_auto_update"]) == (True, True, False)
    assert found["logfile"] == "/x.log" and "telemetry_enabled" not in found


def test_without_it_the_sites_own_data_are_used(tmp_path: Path) -> None:
    found = run(CONFIGURE, site(tmp_path, with_data=False))
    assert found["argv"] == ["casapilot"]
    assert found["measurespath"] == "/site/data"
    assert (found["logfile"], found["nogui"], found["data_auto_update"]) == ("/x.log", True, False)


def test_a_casa_without_casaconfig_is_configured_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "casaconfig.py").write_text("raise ImportError\n")
    code = "import json, os\nfrom casapilot.steps.casa import config\nconfig.configure(scratch='/scratch')\n"
    code += "print(json.dumps([os.environ['MPLBACKEND'], os.environ['MPLCONFIGDIR']]))"
    assert run(code, tmp_path) == ["Agg", "/scratch/matplotlib"]


def test_an_older_casas_log_does_not_land_in_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "casatasks.py").write_text("open('casa-2026.log', 'w').close()\n")
    here = tmp_path / "here"
    here.mkdir()
    code = f"import json, os\nos.chdir({str(here)!r})\nfrom casapilot.steps.casa import config\n"
    code += "config.import_tasks()\nprint(json.dumps([os.getcwd(), os.listdir('.')]))"
    assert run(code, tmp_path) == [str(here), []]


def test_the_rooms_own_files_hide_nobody_elses_modules() -> None:
    code = "import json\nprint(json.dumps([p for p in sys.path if p == " + repr(str(ROOM)) + "]))"
    assert run(code) == []


@pytest.mark.parametrize("python", [sys.executable, old_python()])
def test_versions_are_json_whatever_casa_prints(python: str) -> None:
    if not python:
        pytest.skip("no Python 3.8 here")
    done = subprocess.run(
        [python, str(LAUNCH), "versions"],
        env=fake_environment(python),
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["casa"], found["error"]) == (0, "6.7.0.31", "")
    assert found["executable"] and found["python"].startswith("3.")


def test_a_casa_that_does_not_start_is_told_in_the_versions() -> None:
    env = {**fake_environment(sys.executable), "FAKE_CASA_BROKEN": "1"}
    done = subprocess.run(
        [sys.executable, str(LAUNCH), "versions"], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 4
    assert "measures data is not available" in json.loads(done.stdout)["error"]


def test_a_command_that_is_none_is_refused() -> None:
    done = subprocess.run([sys.executable, str(LAUNCH), "dance"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "") and "worker|bare|flags|versions" in done.stderr


@pytest.mark.parametrize("python", [sys.executable, old_python()])
def test_every_file_of_the_room_compiles(python: str) -> None:
    if not python:
        pytest.skip("no Python 3.8 here")
    files = [
        str(path)
        for path in [*ROOM.glob("*.py"), *(ROOM.parent / f"{n}.py" for n in ("errors", "journal", "control"))]
    ]
    code = "import sys\nfor path in sys.argv[1:]:\n    compile(open(path, 'rb').read(), path, 'exec')\n"
    done = subprocess.run([python, "-c", code, *files], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


NAMESPACE = """
import json, casatools, casatasks
from casapilot.steps.casa.namespace import fresh_namespace
names = fresh_namespace(casatools, casatasks, {'gaincal': casatasks.gaincal})
def values(script):
    exec(script, names)
    return names['answer']
print(json.dumps([values(text) for text in %r]))
"""


def test_a_script_finds_what_the_prompt_of_casa_has(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("answer = 'from part'; left = 5\n")
    (tmp_path / "casaplotms.py").write_text("def plotms(vis): return 'plotted ' + vis\n")
    texts = [
        "answer = [T, F, type(tb).__name__, tbtool is type(tb), __name__, 'gaincal' in globals()]",
        "answer = [casalith.version(), casalith.version_string()]",
        "import casalith as c; answer = [c.compare_version('>=', [6, 7]), c.compare_version('<', [6, 6, 1])]",
        f"execfile({str(tmp_path / 'part.py')!r}); answer = [answer, left]",
        "answer = plotms('x.ms')",
        "answer = os.path.basename(sys.executable)[:6]",
    ]
    assert run(NAMESPACE % texts, tmp_path) == [
        [True, False, "table", True, "__main__", True],
        [[6, 7, 0, 31], "6.7.0.31"],
        [True, False],
        ["from part", 5],
        "plotted x.ms",
        "python",
    ]
