"""Steps from the split to the solutions: flags, flux model, bandpass, gains."""

from __future__ import annotations

from collections.abc import Iterator

from .fluxes import ModelKind
from .gains import gain_steps
from .plan import CalibrationPlan
from .text import Body, Step, selection

__all__ = ["save_flags", "solving_steps"]


def solving_steps(plan: CalibrationPlan) -> Iterator[Step]:
    """Yield the steps, in order."""
    split = f"{plan.ms}.split"
    yield _original(split)
    yield _initial_flags(plan, split)
    yield _model(plan, split)
    yield save_flags(split, "BeforeBandpassCalibration", "Save flags before bandpass cal")
    yield _bandpass(plan, split)
    yield save_flags(split, "BeforeGainCalibration", "Save flags before gain cal")
    yield from gain_steps(plan, split)


def save_flags(ms: str, version: str, title: str) -> Step:
    """Make the step that saves the flags."""
    return Body().call("flagmanager", vis=ms, mode="save", versionname=version).step(title)


def _original(split: str) -> Step:
    body = Body().remove(f"{split}.listobs").call("listobs", vis=split, listfile=f"{split}.listobs")
    body.blank().add(f"if not os.path.exists('{split}.flagversions/flags.Original'):")
    body.call("flagmanager", lead="  ", vis=split, mode="save", versionname="Original")
    return body.step("Listobs, and save original flags")


def _initial_flags(plan: CalibrationPlan, split: str) -> Step:
    body = Body().comment("Shadowed antennas")
    body.call("flagdata", vis=split, mode="shadow", flagbackup=False)
    if plan.edges:
        spw = ",".join(f"{n}:0~{edge - 1};{count - edge}~{count - 1}" for n, edge, count in plan.edges)
        body.blank().comment("Edge channels of wide spws (6.25 % at each side)")
        body.call("flagdata", vis=split, mode="manual", spw=spw, flagbackup=False)
    if plan.quack_s:
        body.blank().comment(
            "First integration of each scan: an antenna may not have settled yet, which makes it too faint,"
            " above all in the short scans of phase calibrators. Take this out where it is good."
        )
        body.call(
            "flagdata",
            vis=split,
            mode="quack",
            quackinterval=plan.quack_s,
            quackmode="beg",
            flagbackup=False,
        )
    if plan.flux.lines:
        spw = ",".join(f"{number}:{first}~{last}" for number, first, last in plan.flux.lines)
        name = plan.metadata.name(plan.flux.field)
        body.blank().comment(f"{name}: lines of its atmosphere, 250 MHz to both sides")
        body.call("flagdata", vis=split, mode="manual", field=str(plan.flux.field), spw=spw, flagbackup=False)
    body.blank().comment("Flags by hand belong here.")
    return body.step("Initial flagging")


def _model(plan: CalibrationPlan, split: str) -> Step:
    flux, name = plan.flux, plan.metadata.name(plan.flux.field)
    body = Body().comment(f"{name}. {flux.why}")
    field, says = str(flux.field), {"field": name}
    if flux.kind is ModelKind.SOLAR:
        body.call(
            "setjy",
            says=says,
            vis=split,
            field=field,
            spw=selection(plan.science),
            standard="Butler-JPL-Horizons 2012",
            usescratch=True,
        )
    elif flux.kind is ModelKind.MISSING:
        _missing_model(plan, split, body, name)
    for model in flux.models:
        body.call(
            "setjy",
            says=says,
            vis=split,
            field=field,
            spw=selection(model.spws),
            standard="manual",
            fluxdensity=[round(model.flux_jy, 6), 0, 0, 0],
            spix=model.spix,
            reffreq=f"{model.reference_hz / 1e9:.6f}GHz",
        )
    return body.step("Putting a model for the flux calibrator(s)")


def _missing_model(plan: CalibrationPlan, split: str, body: Body, name: str) -> None:
    """A person has to say how bright it is: the step stops until it is filled in."""
    ghz = sum(window.centre_hz for window in plan.metadata.science) / len(plan.science) / 1e9
    body.comment("Look it up in the calibrator catalogue of ALMA for the date of the observation.")
    body.add(f"flux_jy = None # flux density at {ghz:.3f} GHz, Jy", "spectral_index = -0.7")
    body.add("if flux_jy is None:")
    text = f"No flux density of {name} is known: fill in flux_jy in this step"
    body.add(f"  raise RuntimeError({text!r})")
    body.add(
        f"setjy(vis = '{split}',",
        f"  field = '{plan.flux.field}', # {name}",
        f"  spw = '{selection(plan.science)}',",
        "  standard = 'manual',",
        "  fluxdensity = [flux_jy, 0, 0, 0],",
        "  spix = spectral_index,",
        f"  reffreq = '{ghz:.6f}GHz')",
    )


def _bandpass(plan: CalibrationPlan, split: str) -> Step:
    bandpass, gains, number = plan.bandpass, plan.gains, plan.roles.bandpass
    before, table = f"{split}.ap_pre_bandpass", f"{split}.bandpass"
    common: dict[str, object] = {
        "vis": split,
        "caltable": table,
        "field": str(number),
        "scan": selection(plan.roles.bandpass_scans),
    }
    says = {"field": plan.metadata.name(number)}
    body = Body().comment(*bandpass.why).remove(before)
    body.call(
        "gaincal",
        {**common, "caltable": before},
        says=says,
        spw=",".join(f"{spw}:{first}~{last}" for spw, (first, last) in bandpass.channels.items()),
        solint=bandpass.pre_solint,
        combine="spw" if gains.combine else None,
        refant=plan.refant.name,
        calmode="p",
        minblperant=gains.minblperant,
    )
    more: dict[str, object] = {
        "combine": "scan",
        "refant": plan.refant.name,
        "solnorm": bandpass.solnorm,
        "bandtype": "B",
        "minblperant": gains.minblperant,
        "gaintable": before,
        "spwmap": list(gains.phase_map) or None,
    }
    body.blank()
    if not bandpass.solnorm:
        body.comment("solnorm = False: spws share gains below, so the bandpass keeps how they differ.")
    body.remove(table)
    body.call("bandpass", common, {"solint": "inf"}, more, says=says)
    if bandpass.smooth:
        _smoothed(plan, split, body, common, more)
    return body.step("Bandpass calibration")


def _smoothed(
    plan: CalibrationPlan, split: str, body: Body, common: dict[str, object], more: dict[str, object]
) -> None:
    """Solve a second table, with channels averaged where that is needed; this one is applied."""
    table = f"{split}{plan.bandpass.suffix}"
    body.blank().remove(table)
    groups: dict[str, list[int]] = {}
    for spw in plan.science:
        count = plan.bandpass.smooth.get(spw)
        groups.setdefault(f"inf,{count}ch" if count else "inf", []).append(spw)
    for index, (solint, spws) in enumerate(groups.items()):
        body.call(
            "bandpass",
            {**common, "caltable": table, "spw": selection(spws), "solint": solint},
            more,
            says={"field": plan.metadata.name(plan.roles.bandpass)},
            append=True if index else None,
        )
