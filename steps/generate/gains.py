"""The gain calibration: phases, amplitudes, flux scale."""

from __future__ import annotations

from collections.abc import Iterator

from .modes import Mode
from .plan import CalibrationPlan
from .resolved import ShortPlan
from .text import Body, Step, selection

__all__ = ["gain_steps"]


def gain_steps(plan: CalibrationPlan, split: str) -> Iterator[Step]:
    """Yield the gain calibration: one step, or two that a person has to complete."""
    if plan.mode.mode is Mode.STANDARD:
        yield _gains(plan, split)
    else:
        yield from _by_hand(plan)


def _gains(plan: CalibrationPlan, split: str) -> Step:
    body = Body().comment(*plan.gains.why)
    if plan.roles.checks:
        names = ", ".join(plan.metadata.name(number) for number in plan.roles.checks)
        body.comment(f"{names}: its own solutions give its flux density only; it is calibrated as a target.")
    if plan.short is not None:
        _resolved(plan, split, body, plan.short)
    else:
        _phase_int(plan, split, body, plan.solved)
        _amplitudes(plan, split, body, "ampli_inf", plan.solved)
        _fluxscale(plan, split, body, "ampli_inf", "flux_inf")
        _phase_inf(plan, split, body, plan.solved)
    return body.step("Gain calibration")


def _solver(
    plan: CalibrationPlan, split: str, suffix: str, fields: tuple[int, ...], solint: str
) -> dict[str, object]:
    """Parameters that all solves of phases share."""
    gains = plan.gains
    return {
        "vis": split,
        "caltable": f"{split}.{suffix}",
        "field": selection(fields),
        "spw": selection(gains.phase_spws) if gains.phase_map and not gains.combine else None,
        "solint": solint,
        "combine": "spw" if gains.combine else None,
        "refant": plan.refant.name,
        "refantmode": "strict" if gains.strict else None,
        "gaintype": "G",
        "calmode": "p",
        "minblperant": gains.minblperant,
        "gaintable": f"{split}{plan.bandpass.suffix}",
    }


def _names(plan: CalibrationPlan, fields: tuple[int, ...]) -> dict[str, str]:
    return {"field": ", ".join(plan.metadata.name(number) for number in fields)}


def _phase_int(plan: CalibrationPlan, split: str, body: Body, fields: tuple[int, ...]) -> None:
    body.blank().comment("Phases in time, so that the amplitudes lose nothing by averaging over them")
    body.remove(f"{split}.phase_int")
    first = True
    for solint, group in plan.gains.int_groups:
        chosen = tuple(number for number in group if number in fields)
        if chosen:
            common = _solver(plan, split, "phase_int", chosen, solint)
            body.call("gaincal", common, says=_names(plan, chosen), append=None if first else True)
            first = False


def _phase_inf(plan: CalibrationPlan, split: str, body: Body, fields: tuple[int, ...]) -> None:
    body.blank().comment("Phases of a scan, for the targets between the scans")
    body.remove(f"{split}.phase_inf")
    common = _solver(plan, split, "phase_inf", fields, "inf")
    body.call("gaincal", common, says=_names(plan, fields))


def _amplitudes(
    plan: CalibrationPlan, split: str, body: Body, suffix: str, fields: tuple[int, ...], **more: object
) -> None:
    gains = plan.gains
    body.blank().comment("Amplitudes of a scan, of both polarisations together")
    body.remove(f"{split}.{suffix}")
    given: dict[str, object] = {
        "vis": split,
        "caltable": f"{split}.{suffix}",
        "field": selection(fields),
        "spw": selection(gains.amplitude_spws) if gains.amplitude_map and not gains.combine else None,
        "solint": "inf",
        "combine": "spw" if gains.combine else None,
        "refant": plan.refant.name,
        "gaintype": "T",
        "calmode": "a",
        "minblperant": gains.minblperant,
        "gaintable": [f"{split}{plan.bandpass.suffix}", f"{split}.phase_int"],
        "spwmap": [[], list(gains.phase_map)] if gains.phase_map else None,
    }
    body.call("gaincal", given, more, says=_names(plan, fields))


def _fluxscale(
    plan: CalibrationPlan, split: str, body: Body, suffix: str, made: str, *, keep: bool = False
) -> None:
    """Write the fluxes to <split>.fluxscale: fluxscale logs them, so its log goes there for the moment."""
    body.blank().remove(f"{split}.{made}", f"{split}.fluxscale")
    body.add("mylogfile = casalog.logfile()", f"casalog.setlogfile('{split}.fluxscale')").blank()
    body.call(
        "fluxscale",
        lead="fluxes = " if keep else "",
        says={"reference": plan.metadata.name(plan.roles.flux)},
        vis=split,
        caltable=f"{split}.{suffix}",
        fluxtable=f"{split}.{made}",
        reference=str(plan.roles.flux),
    )
    body.blank().add("casalog.setlogfile(mylogfile)")


def _resolved(plan: CalibrationPlan, split: str, body: Body, short: ShortPlan) -> None:
    """Take the flux scale over short baselines, then solve with all antennas on the fluxes found."""
    name = plan.metadata.name(plan.roles.flux)
    body.comment(f"{name} is resolved. {short.why}")
    if not short.antennas:
        text = f"THE SOLAR SYSTEM OBJECT SEEMS TO BE EXTREMELY RESOLVED: {name}"
        body.add(f"raise RuntimeError({text!r})")
        return
    others = tuple(each for each in plan.solved if each != plan.roles.flux)
    within = ",".join(short.antennas) + "&"
    few: dict[str, object] = {
        "antenna": within,
        "refant": short.refant,
        "minblperant": 2 if len(short.antennas) < 6 else 3,
    }
    body.comment("The others begin with 1 Jy, also after an earlier run of this step.")
    unit = {"standard": "manual", "fluxdensity": [1, 0, 0, 0], "usescratch": True}
    body.call("setjy", {"vis": split, "field": selection(others)}, unit, says=_names(plan, others))
    body.blank().remove(f"{split}.phase_short_int")
    common = {**_solver(plan, split, "phase_short_int", plan.solved, "int"), **few}
    body.call("gaincal", common, says=_names(plan, plan.solved))
    tables = [f"{split}{plan.bandpass.suffix}", f"{split}.phase_short_int"]
    _amplitudes(plan, split, body, "ampli_short_inf", plan.solved, gaintable=tables, **few)
    _fluxscale(plan, split, body, "ampli_short_inf", "flux_short_inf", keep=True)
    _set_fluxes(plan, split, body, others)
    _phase_int(plan, split, body, others)
    _amplitudes(plan, split, body, "flux_inf", others)
    _phase_inf(plan, split, body, others)


def _set_fluxes(plan: CalibrationPlan, split: str, body: Body, fields: tuple[int, ...]) -> None:
    body.blank().comment("The fluxes found over short baselines are the models for all baselines.")
    spws = [min(plan.science)] if plan.gains.combine else list(plan.gains.amplitude_spws)
    body.add(f"for field in {[str(number) for number in fields]}:")
    body.add(f"  for spw in {[str(spw) for spw in spws]}:")
    body.add("    flux_jy = float(fluxes[field][spw]['fluxd'][0])", "    if not flux_jy > 0:")
    body.add("      raise RuntimeError('no flux density for field ' + field + ' in spw ' + spw)")
    body.add(
        f"    setjy(vis = '{split}',",
        "      field = field,",
        f"      spw = {selection(plan.science)!r}," if plan.gains.combine else "      spw = spw,",
        "      standard = 'manual',",
        "      fluxdensity = [flux_jy, 0, 0, 0],",
        "      usescratch = True)",
    )


def _by_hand(plan: CalibrationPlan) -> Iterator[Step]:
    """Say what a person has to do: these modes differ too much from one data set to the next.

    Both have the titles that the script generator of ALMA gives them.
    """
    mode = plan.mode
    signal, reference = selection(mode.signal), selection(mode.reference)
    head = (
        f"{mode.mode.value} ({mode.why}). Gains of spw {signal} (signal) come from {reference} (reference)."
    )
    stop = f"{mode.mode.value}: this step is to be written by hand, as its comments say"
    first = Body().comment(head, "This is not automated. To be done:")
    first.comment(
        f"1. Phases of the reference: gaincal(spw = '{reference}', combine = 'spw', solint = 'int' and 'inf',"
        " calmode = 'p') on the phase calibrators and on the source of the DIFFGAIN scans.",
        f"2. Offset of the signal's phases: gaincal(spw = '{signal}', solint = 'inf', combine = 'scan,spw')"
        " on the source of the DIFFGAIN scans, with the bandpass and the phases of 1 as gaintable,"
        " interp = 'linearPD', spwmap from signal to reference -> .phasediff_inf",
    )
    first.add(f"raise RuntimeError({stop!r})")
    yield first.step("B2B Gain calibration Part I")
    second = Body().comment(head, "This is not automated. To be done:")
    second.comment(
        "3. Amplitudes with all these tables: gaincal(gaintype = 'T', calmode = 'a', solint = 'inf')",
        "4. fluxscale from the flux calibrator, for signal and reference",
    )
    second.add(f"raise RuntimeError({stop!r})")
    yield second.step("B2B Gain calibration Part II")
