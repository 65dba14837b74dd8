"""Steps from the solutions to the calibrated data."""

from __future__ import annotations

from collections.abc import Iterator

from .modes import Mode
from .plan import CalibrationPlan
from .solving import save_flags
from .text import Body, Step, selection

__all__ = ["applying_steps"]


def applying_steps(plan: CalibrationPlan) -> Iterator[Step]:
    """Yield the steps, in order."""
    split = f"{plan.ms}.split"
    yield save_flags(split, "BeforeApplycal", "Save flags before applycal")
    yield _apply(plan, split)
    yield _split_corrected(split)
    yield save_flags(f"{split}.cal", "AfterApplycal", "Save flags after applycal")


def _apply(plan: CalibrationPlan, split: str) -> Step:
    body = Body()
    if plan.mode.mode is not Mode.STANDARD:
        body.comment("The targets need the tables and the spwmap of the gain calibration above.")
        stop = f"{plan.mode.mode.value}: this step is to be written by hand, as its comments say"
        body.add(f"raise RuntimeError({stop!r})")
        return body.step("Application of the bandpass and gain cal tables")
    if plan.roles.left_out:
        names = ", ".join(plan.metadata.name(number) for number in plan.roles.left_out)
        body.comment(f"Without data in these spws, so not calibrated: {names}.")
    own = [number for number in plan.roles.calibrators if not _is_resolved(plan, number)]
    for number in own:
        _applycal(plan, split, body, (number,), number, "phase_int")
    for group in _as_targets(plan):
        fields, phase, why = group
        body.blank().comment(f"Phase calibrator {plan.metadata.name(phase)}: {why}.")
        _applycal(plan, split, body, fields, phase, "phase_inf")
    return body.step("Application of the bandpass and gain cal tables")


def _is_resolved(plan: CalibrationPlan, number: int) -> bool:
    return plan.short is not None and number == plan.roles.flux


def _as_targets(plan: CalibrationPlan) -> Iterator[tuple[tuple[int, ...], int, str]]:
    """Yield (fields, phase calibrator, why): the targets, check sources, and a resolved flux calibrator."""
    for group in plan.roles.groups:
        yield group.fields, group.phase, group.why
    if plan.short is not None:
        flux = plan.roles.flux
        nearest = min(plan.roles.phase, key=lambda number: plan.metadata.angle_deg(flux, number))
        yield (flux,), nearest, "the long baselines have no solutions on a resolved source"


def _applycal(
    plan: CalibrationPlan, split: str, body: Body, fields: tuple[int, ...], gains: int, phases: str
) -> None:
    maps = [[], list(plan.gains.phase_map), list(plan.gains.amplitude_map)]
    if not fields or (body.lines and not body.lines[-1].startswith("#")):
        body.blank()
    body.call(
        "applycal",
        says={
            "field": plan.metadata.name(fields[0]),
            "gainfield": ", ".join(plan.metadata.name(number) for number in (plan.roles.bandpass, gains)),
        },
        vis=split,
        field=selection(fields),
        gaintable=[f"{split}{plan.bandpass.suffix}", f"{split}.{phases}", f"{split}.flux_inf"],
        gainfield=[str(plan.roles.bandpass), str(gains), str(gains)],
        interp="linear,linear",
        spwmap=maps if any(maps) else None,
        calwt=True,
        flagbackup=False,
    )


def _split_corrected(split: str) -> Step:
    body = Body().remove(f"{split}.cal", f"{split}.cal.flagversions")
    body.call(
        "mstransform",
        vis=split,
        outputvis=f"{split}.cal",
        datacolumn="corrected",
        reindex=False,
        keepflags=True,
    )
    return body.step("Split out corrected column")
