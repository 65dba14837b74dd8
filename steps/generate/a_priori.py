"""Steps from the import to the split: what the observatory's own measurements correct."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from .embed import source_of
from .plan import CalibrationPlan
from .roles import intents_of
from .text import Body, Raw, Step, selection
from .tsys import TsysPlan

__all__ = ["a_priori_steps"]

#: Tables of the ASDM that are kept in the MS as they are.
AS_IS = "Antenna Station Receiver Source CalAtmosphere CalWVR CorrelatorMode SBSummary"
#: Scans that are no astronomy: flagged before anything is derived.
_AUXILIARY = ("POINTING", "FOCUS", "SIDEBAND_RATIO", "ATMOSPHERE")


def a_priori_steps(plan: CalibrationPlan) -> Iterator[Step]:
    """Yield the steps, in order."""
    yield _import(plan)
    if plan.tsys:
        yield _syscal(plan)
    if plan.planets:
        yield _fixplanets(plan)
    body = Body().remove(f"{plan.ms}.listobs")
    yield body.call("listobs", vis=plan.ms, listfile=f"{plan.ms}.listobs").step("listobs")
    yield _flagging(plan)
    if plan.wvr:
        yield _wvr(plan)
    if plan.tsys:
        yield _tsys(plan, plan.tsys)
    if plan.positions:
        yield _positions(plan)
    if plan.tsys or plan.wvr or plan.positions:
        yield _apply(plan)
    yield _split(plan)


def _import(plan: CalibrationPlan) -> Step:
    uid, ms = plan.metadata.block.uid, plan.ms
    body = Body().add(f"if not os.path.exists('{ms}'):", f"  os.system('rm -rf {ms}.flagversions')")
    body.comment("The MS reads its data in the ASDM (lazy): the ASDM has to stay where it is.")
    body.lines[-1] = "  " + body.lines[-1]
    body.call(
        "importasdm", lead="  ", asdm=uid, asis=AS_IS, bdfflags=True, lazy=True, process_caldevice=False
    )
    body.add(f"if not os.path.exists('{ms}.flagversions'):")
    body.add("  print('ERROR in importasdm. Output MS is probably not useful. Will stop here.')")
    return body.add("  thesteps = []").step("Import of the ASDM")


def _syscal(plan: CalibrationPlan) -> Step:
    body = Body().comment(
        "Antennas write their Tsys at slightly different times; gencal would make a solution of each time."
    )
    body.add(*source_of("fixsyscaltimes")).blank()
    return body.call("fixsyscaltimes", vis=plan.ms).step("Fix of SYSCAL table times")


def _fixplanets(plan: CalibrationPlan) -> Step:
    body = Body().comment("The ASDM does not say where these are: their coordinates are 0,0.")
    for number in plan.planets:
        says = {"field": plan.metadata.name(number)}
        body.call(
            "fixplanets", says=says, vis=plan.ms, field=str(number), fixuvw=True, refant=plan.refant.name
        )
    return body.step("Running fixplanets on fields with 0,0 coordinates")


def _flagging(plan: CalibrationPlan) -> Step:
    metadata = plan.metadata
    correlator = [
        window.number
        for window in metadata.windows
        if window.is_full_resolution and any(window.number in scan.windows for scan in metadata.scans)
    ]
    body = Body().call(
        "flagdata", vis=plan.ms, mode="manual", spw=selection(correlator), autocorr=True, flagbackup=False
    )
    known = " ".join(intents_of(metadata))
    auxiliary = ",".join(f"*{name}*" for name in _AUXILIARY if name in known)
    if auxiliary:
        body.blank().call("flagdata", vis=plan.ms, mode="manual", intent=auxiliary, flagbackup=False)
    if metadata.n_online_flags:
        body.blank().add("if applyonly != True:")
        shown: dict[str, object] = {"vis": plan.ms, "inpmode": "table", "useapplied": True}
        body.call("flagcmd", shown, lead="  ", action="plot", plotfile=f"{plan.ms}.flagcmd.png")
        body.blank().call("flagcmd", shown, action="apply", flagbackup=False)
    else:
        body.blank().comment("The observatory has left no online flags: there is nothing for flagcmd.")
    return body.step("A priori flagging")


def _wvr(plan: CalibrationPlan) -> Step:
    wvr = plan.wvr
    assert wvr is not None
    body = Body().comment(wvr.why)
    if wvr.tie:
        body.comment(
            "Tied: a target and its phase calibrator get one retrieval: no phase step lies between them."
        )
    body.remove(f"{plan.ms}.wvr", f"{plan.ms}.wvr_unsmoothed", f"{plan.ms}.wvrgcal").blank()
    body.add("mylogfile = casalog.logfile()", f"casalog.setlogfile('{plan.ms}.wvrgcal')").blank()
    body.call(
        "wvrgcal",
        vis=plan.ms,
        caltable=f"{plan.ms}.wvr",
        spw=list(wvr.spws),
        smooth=f"{wvr.smooth_s:.4g}s" if wvr.smooth_s else None,
        toffset=0,
        tie=list(wvr.tie) or None,
        statsource=wvr.statsource,
    )
    body.blank().add("casalog.setlogfile(mylogfile)")
    averaged = "and time averaging " if wvr.smooth_s else ""
    return body.step(f"Generation {averaged}of the WVR cal table")


def _tsys(plan: CalibrationPlan, tsys: TsysPlan) -> Step:
    table = f"{plan.ms}.tsys"
    body = Body().remove(table).call("gencal", vis=plan.ms, caltable=table, caltype="tsys")
    body.blank().comment("Edge channels: the filters fall off there, and the Tsys with them means nothing.")
    body.call("flagdata", vis=table, mode="manual", spw=tsys.edges, flagbackup=False)
    if tsys.lost:
        body.blank().comment(
            f"The SYSCAL table is missing scans: {', '.join(tsys.lost)}. Others stand in for them."
        )
    if tsys.suspects:
        body.blank().comment("Look at these before they are applied:", *tsys.suspects)
        body.comment(
            "Flag one that is wrong: flagdata(vis = '...tsys', mode = 'manual', antenna = ..., spw = ...)"
        )
    return body.step("Generation of the Tsys cal table")


def _positions(plan: CalibrationPlan) -> Step:
    positions = plan.positions
    assert positions is not None
    body = Body().comment(f"Corrections from {positions.source}", *positions.notes)
    for row in positions.corrections:
        offset = ", ".join(f"{1e3 * each:+.3f}" for each in row.offset_m)
        body.comment(f"{row.antenna}: {offset} mm" + (f" ({row.comment})" if row.comment else ""))
    numbers = [round(each, 9) for row in positions.corrections for each in row.offset_m]
    body.remove(f"{plan.ms}.antpos").call(
        "gencal",
        vis=plan.ms,
        caltable=f"{plan.ms}.antpos",
        caltype="antpos",
        antenna=",".join(row.antenna for row in positions.corrections),
        parameter=numbers,
    )
    return body.step("Generation of the antenna position cal table")


def _apply(plan: CalibrationPlan) -> Step:
    tsys, tables = plan.tsys, []
    if tsys:
        tables.append(("Tsys", f"{plan.ms}.tsys", "linear,linear"))
    if plan.wvr:
        tables.append(("WVR", f"{plan.ms}.wvr", "nearest,linear"))
    if plan.positions:
        tables.append(("antpos", f"{plan.ms}.antpos", "linear"))
    body = Body()
    if not plan.positions:
        body.comment("No corrections of antenna positions are known: no antpos table is applied.")
    else:
        _begin_anew(body, plan)
    if tsys:
        _tsysmap(body, tsys)
    for fields, gainfield, note in _sources(plan):
        body.blank().comment(*([note] if note else []))
        chosen = selection(fields)
        own = {"Tsys": str(gainfield), "WVR": chosen, "antpos": ""}
        body.call(
            "applycal",
            says={"field": plan.metadata.name(fields[0])},
            vis=plan.ms,
            field=chosen,
            spw=selection(plan.science),
            gaintable=[table for _, table, _ in tables],
            gainfield=[own[name] for name, _, _ in tables],
            interp=[interp for _, _, interp in tables],
            spwmap=[Raw("tsysmap") if name == "Tsys" else [] for name, _, _ in tables] if tsys else None,
            calwt=True,
            flagbackup=False,
        )
    return body.step(_title([name for name, _, _ in tables]))


def _begin_anew(body: Body, plan: CalibrationPlan) -> None:
    """Bring CASA's measures into one state, whatever ran before in the process.

    They keep the Earth's orientation from where it was last computed and go on from there: phases of antpos
    would differ by 1e-8 rad between this step alone and the whole script (seen with CASA 6.7.0).
    """
    start = datetime(1858, 11, 17) + timedelta(seconds=plan.metadata.block.start_s)
    body.comment(
        "Antenna positions need the Earth's orientation, which CASA continues from where it last computed it:"
        " begin far away, so that this step alone gives the same bits as the whole script."
    )
    body.add(
        "import casatools",
        "earth = casatools.measures()",
        "earth.doframe(earth.observatory('ALMA'))",
        f"for epoch in ['2000/01/01/12:00:00', '{start:%Y/%m/%d/%H:%M:%S}']:",
        "  earth.doframe(earth.epoch('UTC', epoch))",
        "  earth.measure(earth.direction('J2000', '0deg', '0deg'), 'AZEL')",
    ).blank()


def _title(names: list[str]) -> str:
    ordered = [name for name in ("WVR", "Tsys", "antpos") if name in names]
    listed = ", ".join(ordered[:-1]) + (" and " if len(ordered) > 1 else "") + ordered[-1]
    return f"Application of the {listed} cal table{'s' if len(ordered) > 1 else ''}"


def _tsysmap(body: Body, tsys: TsysPlan) -> None:
    body.comment("Which spw's Tsys serves a spw, by baseband and frequency:", *tsys.map_reasons)
    if tsys.missing:
        spws = ", ".join(map(str, tsys.missing))
        body.add(f"raise RuntimeError('INCOMPLETE TSYS SPW MAPPING! No Tsys covers spw {spws}: '")
        body.add("  'enter one in tsysmap below, and take this line out')")
    body.add(f"tsysmap = {list(tsys.spwmap)}")


def _sources(plan: CalibrationPlan) -> Iterator[tuple[tuple[int, ...], int, str]]:
    """Yield (fields of a source, field of its Tsys, note) for everything that was observed."""
    sources: list[tuple[int, ...]] = [(number,) for number in plan.roles.calibrators]
    sources += [group.fields for group in plan.roles.groups]
    for fields in sorted(sources):
        if not plan.tsys:
            yield fields, -1, ""
            continue
        taken = [next(each for each in plan.tsys.fields if each.field == number) for number in fields]
        yield fields, taken[0].gainfield, taken[0].note


def _split(plan: CalibrationPlan) -> Step:
    split = f"{plan.ms}.split"
    corrected = "corrected" if plan.tsys or plan.wvr or plan.positions else "data"
    body = Body().remove(split, f"{split}.flagversions")
    body.comment("reindex = False: the spws keep the numbers that they have in the MS.")
    body.call(
        "mstransform",
        vis=plan.ms,
        outputvis=split,
        datacolumn=corrected,
        spw=selection(plan.science),
        reindex=False,
        keepflags=True,
    )
    return body.step("Split out science SPWs")
