"""From the plan to the text of <ms>.scriptForCalibration.py."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..version import VERSION
from .a_priori import a_priori_steps
from .applying import applying_steps
from .modes import Mode
from .plan import CalibrationPlan
from .roles import intents_of
from .solving import solving_steps
from .text import Step, printable

__all__ = ["script_name", "script_text", "steps_of"]


def script_name(plan: CalibrationPlan) -> str:
    """Name of the script: that of the MS with a suffix."""
    return f"{plan.ms}.scriptForCalibration.py"


def steps_of(plan: CalibrationPlan) -> tuple[Step, ...]:
    """The steps, in order; a step that the data do not need is not among them."""
    return (*a_priori_steps(plan), *solving_steps(plan), *applying_steps(plan))


def script_text(plan: CalibrationPlan) -> str:
    """The whole script."""
    steps = steps_of(plan)
    lines = [*_head(plan), "", *_preamble(plan), "", *_titles(steps), "", *_START]
    for number, step in enumerate(steps):
        lines += ["", "", *_step(number, step)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(plan: CalibrationPlan) -> Iterator[str]:
    metadata = plan.metadata
    yield f"# Calibration of {metadata.block.uid}: ALMA, {_array(plan)}"
    yield f"# Written from the metadata of its ASDM by casapilot {VERSION}."
    yield "#"
    yield "# To be run in the folder of the ASDM, at a CASA prompt or in a Python that has casatasks:"
    yield "#     mysteps = [0, 1]          (without it, or with an empty list: all steps)"
    yield f"#     exec(open('{script_name(plan)}').read())"
    yield "#"
    for intent, fields in intents_of(metadata).items():
        yield f"# {printable(intent)}: {', '.join(dict.fromkeys(map(metadata.name, fields)))}"
        yield f"#     field ids: {list(fields)}"
    yield "#"
    yield f"# Using reference antenna = {plan.refant.name}"
    yield from _wrapped(plan.refant.why, *(f"Passed over: {each}" for each in plan.refant.passed_over))
    if plan.roles.notes or metadata.block.aborted or plan.mode.mode is not Mode.STANDARD:
        yield "#"
        yield from _wrapped(*_notes(plan))


def _array(plan: CalibrationPlan) -> str:
    metadata = plan.metadata
    band = f", band {metadata.band}" if metadata.band else ""
    return f"{metadata.array} array, {len(metadata.antennas)} antennas{band}"


def _notes(plan: CalibrationPlan) -> Iterator[str]:
    yield from plan.roles.notes
    if plan.metadata.block.aborted:
        yield "The execution was aborted: scans at its end may be missing."
    if plan.mode.mode is not Mode.STANDARD:
        yield (
            f"{plan.mode.mode.value} data ({plan.mode.why}): the gain calibration is not automated. "
            "Its steps say what to do and stop."
        )


def _wrapped(*texts: str) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(
            printable(text),
            100,
            initial_indent="# ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _preamble(plan: CalibrationPlan) -> Iterator[str]:
    yield from ("import os", "import re", "import sys", "", "from casatasks import *", "")
    yield from ("try:", "  applyonly", "except NameError:", "  applyonly = False")
    if not plan.casa:
        return
    pattern = "^" + plan.casa.replace(".", r"\.") + r"(\D|$)"
    yield ""
    yield "# Tables of another version of CASA may differ: take that one, or write the script anew."
    yield from ("try:", "  import casalith", "  casa_version = casalith.version_string()")
    yield from ("except ImportError:", "  import casatasks", "  casa_version = casatasks.version_string()")
    yield f"if re.search(r'{pattern}', casa_version) == None:"
    yield f"  sys.exit('{_OTHER_CASA}: {plan.casa}')"


def _titles(steps: tuple[Step, ...]) -> Iterator[str]:
    yield "thesteps = []"
    head = "step_title = {"
    for number, step in enumerate(steps):
        end = "}" if number == len(steps) - 1 else ","
        yield (head if not number else " " * len(head)) + f"{number}: {step.title!r}{end}"


_OTHER_CASA = "ERROR: PLEASE USE THE SAME VERSION OF CASA THAT YOU USED FOR GENERATING THE SCRIPT"
_START = (
    "try:",
    "  print('List of steps to be executed ...', mysteps)",
    "  thesteps = mysteps",
    "except NameError:",
    "  print('global variable mysteps not set.')",
    "if (thesteps==[]):",
    "  thesteps = range(0,len(step_title))",
    "  print('Executing all steps: ', thesteps)",
)


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"# {step.title}"
    yield f"mystep = {number}"
    yield "if(mystep in thesteps):"
    yield "  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')"
    yield "  print('Step ', mystep, step_title[mystep])"
    yield ""
    for line in step.lines:
        yield f"  {line}"
