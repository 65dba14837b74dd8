"""The demo's script and its checklist belong together."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.metrics.measure import METRICS as CASA_METRICS
from casapilot.steps.checklist import metrics as checklist_metrics
from casapilot.steps.checklist.model import Checklist, Item, Kind
from casapilot.steps.mous.demo import FACTS, SCRIPT
from casapilot.steps.script import Script

TEXT = SCRIPT.read_text(encoding="utf-8")
TREE = ast.parse(TEXT)
MS = "NGC5921.ms"


def titles() -> dict[int, str]:
    for node in TREE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "step_title":
            return ast.literal_eval(node.value)
    raise AssertionError("no step_title")


def block(number: int) -> str:
    """The text of one step, from its `mystep =` to the next."""
    return re.split(r"(?m)^mystep = (?:\d+)$", TEXT)[number + 1]


def runs(checklist: Checklist) -> list[Item]:
    return [item for item in checklist.items if item.kind is Kind.RUN]


class Prompt(dict[str, Any]):
    """A CASA prompt whose tasks only note that they were called."""

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self["casalog"] = self
        for node in ast.walk(TREE):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.keywords:
                self[node.func.id] = self._task(node.func.id)

    def post(self, message: str, priority: str) -> None:
        self.calls.append(("post", {"message": message, "priority": priority}))

    def _task(self, name: str) -> Any:
        return lambda **arguments: self.calls.append((name, arguments))

    def run(self) -> list[str]:
        exec(compile(TREE, SCRIPT.name, "exec"), self)
        return [name for name, _ in self.calls if name != "post"]


def test_titles_are_numbered_from_zero_and_each_has_one_block() -> None:
    assert list(titles()) == list(range(16))
    assert [int(number) for number in re.findall(r"(?m)^mystep = (\d+)$", TEXT)] == list(titles())


@pytest.mark.parametrize("number", titles())
def test_each_block_has_the_form_of_almas_scripts(number: int) -> None:
    comment = TEXT.split(f"\nmystep = {number}\n")[0].splitlines()[-1]
    assert comment == f"# {titles()[number]}"
    assert block(number).startswith(
        "\nif(mystep in thesteps):\n"
        "  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')\n"
        "  print('Step ', mystep, step_title[mystep])\n\n"
    )


def test_the_script_leaves_the_tasks_of_the_prompt_alone() -> None:
    imported = [node for node in ast.walk(TREE) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imported] == ["import os"]


def test_our_own_reader_finds_the_same_steps() -> None:
    script = Script.read(SCRIPT)
    assert {step.number: step.title for step in script.steps} == titles()


def test_only_the_chosen_steps_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    prompt = Prompt(mysteps=[5, 8])
    assert prompt.run() == ["bandpass", "fluxscale"]
    posts = [arguments["message"] for name, arguments in prompt.calls if name == "post"]
    assert posts == ["Step 5 Bandpass calibration", "Step 8 Flux scale"]


@pytest.mark.parametrize("names", [{}, {"mysteps": []}])
def test_without_a_choice_all_steps_run(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tasks = Prompt(**names).run()
    assert tasks[0] == "importuvfits" and tasks[-1] == "exportfits"
    assert tasks.count("applycal") == 2 and tasks.count("flagmanager") == 5


def test_original_flags_are_saved_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{MS}.flagversions" / "flags.Original").mkdir(parents=True)
    assert Prompt(mysteps=[1]).run() == ["listobs"]


def test_each_step_is_run_by_exactly_one_item(checklist: Checklist) -> None:
    found = {
        number: [item.id for item in runs(checklist) if re.search(item.step, title)]
        for number, title in titles().items()
    }
    assert all(len(items) == 1 for items in found.values()), found
    assert [items[0] for items in found.values()] == [item.id for item in runs(checklist)]


def test_nothing_that_runs_waits_for_a_person(checklist: Checklist) -> None:
    kinds = {item.id: item.kind for item in checklist.items}
    for item in runs(checklist):
        assert {kinds[name] for name in checklist.needs_of(item)} <= {Kind.RUN}, item.id


def test_items_need_only_what_comes_before_them(checklist: Checklist) -> None:
    order = [item.id for item in checklist.items]
    for item in checklist.items:
        assert all(order.index(name) < order.index(item.id) for name in checklist.needs_of(item)), item.id


def test_outputs_are_what_the_step_writes(checklist: Checklist) -> None:
    for number, item in enumerate(runs(checklist)):
        written = re.findall(
            r"(?:vis|outputvis|caltable|fluxtable|listfile|imagename|outfile|fitsimage) = '([^']+)'",
            block(number),
        )
        for output in item.outputs:
            name = output.replace("{ms}", MS)
            assert any(name == path or name.startswith(path + ".") for path in written), name


def test_what_is_removed_is_what_is_written_again() -> None:
    for number in titles():
        for path in re.findall(r"rm -rf ([^']+)'", block(number)):
            stem = path.removesuffix(".*").removesuffix(".flagversions")
            for product in (".integrated", ".weighted_coord"):
                stem = stem.removesuffix(product)
            assert f"= '{stem}'" in block(number), path


def test_every_item_tells_a_colleague_why(checklist: Checklist) -> None:
    for item in checklist.items:
        assert len(item.why.split()) >= 10, item.id
        assert item.look_for or item.kind is Kind.NOTE, item.id


def test_pause_questions_are_short(checklist: Checklist) -> None:
    for phase in checklist.phases:
        assert 5 <= len(phase.pause.split()) <= 9 and phase.pause.endswith("?"), phase.pause


def test_judgements_are_signed(checklist: Checklist) -> None:
    assert all(item.sign for item in checklist.items if item.kind is Kind.MANUAL)


def test_every_item_applies_to_the_demo(checklist: Checklist) -> None:
    for item in checklist.items:
        assert all(FACTS[fact.fact] == fact.equals for fact in item.when), item.id


def test_the_published_values_are_checked(checklist: Checklist) -> None:
    checks = {(check.metric, check.of): check for item in checklist.items for check in item.check}
    for name, expect, within in (
        (("flux_density_jy", "1445+09900002_0"), 2.486, 1.0),
        (("max_amplitude_jy", "{ms}:1445*:corrected"), 34.03, 2.0),
        (("image_rms_jy", "NGC5921.cube.image"), 0.0020, 3.0),
    ):
        assert (checks[name].expect, checks[name].within_percent) == (expect, within)


def test_casa_computes_every_metric_but_the_flag_rates() -> None:
    from_flags = {"flagged_percent", "flagged_change", "flag_growth_percent"}
    assert set(CASA_METRICS) == set(checklist_metrics.METRICS) - from_flags
