"""The science goal of a simulated member OUS, as a file of the Observing Tool.

Not ALMA-like: of the documents only what tells sources, spectral setup and scheduling block.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Iterator, Tuple

from .asdm_xml import uid_of
from .block import Plan
from .spectrum import centre_hz, make_spectrum

__all__ = ["write_goal"]

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
PROJECT = (
    HEAD
    + """\
<prj:ObsProject xmlns:prj="Alma/ObsPrep/ObsProject" xmlns:val="Alma/ValueTypes">
 <prj:code>{project}</prj:code>
 <prj:ObsProgram><prj:ObsPlan><prj:ObsUnitSet entityPartId="X1"><prj:name>{name}</prj:name>
  <prj:OUSStatusRef entityId="{mous}"/><prj:SchedBlockRef entityId="{block}"/></prj:ObsUnitSet></prj:ObsPlan>
 <prj:ScienceGoal><prj:name>{target}</prj:name><prj:ObsUnitSetRef partId="X1"/>
  <prj:PerformanceParameters>
   <prj:representativeFrequency unit="Hz">{frequency_hz:.0f}</prj:representativeFrequency>
  </prj:PerformanceParameters>
  <prj:SpectralSetupParameters polarisation="DOUBLE">
{windows}
  </prj:SpectralSetupParameters>
  <prj:TargetParameters><prj:sourceName>{target}</prj:sourceName>
   <prj:sourceCoordinates system="ICRS" type="ABSOLUTE"><val:longitude unit="deg">{ra_deg:.7f}</val:longitude>
    <val:latitude unit="deg">{dec_deg:.7f}</val:latitude></prj:sourceCoordinates>
   <prj:sourceVelocity referenceSystem="lsrk" dopplerCalcType="RADIO">
    <val:centerVelocity unit="km/s">{velocity_km_s:.4f}</val:centerVelocity></prj:sourceVelocity>
  </prj:TargetParameters>
 </prj:ScienceGoal></prj:ObsProgram>
</prj:ObsProject>
"""
)
WINDOW = """\
   <prj:ScienceSpectralWindow><prj:centerFrequency unit="Hz">{centre_hz:.0f}</prj:centerFrequency>
    <prj:bandWidth unit="Hz">{width_hz:.0f}</prj:bandWidth><prj:isSkyFrequency>false</prj:isSkyFrequency>
    <prj:spectralResolution unit="Hz">{step_hz:.3f}</prj:spectralResolution></prj:ScienceSpectralWindow>"""
BLOCK = (
    HEAD
    + """\
<sbl:SchedBlock xmlns:sbl="Alma/ObsPrep/SchedBlock" xmlns:prj="Alma/ObsPrep/ObsProject">
 <sbl:SchedBlockEntity entityId="{block}"/><prj:name>{name}</prj:name>
 <sbl:FieldSource><sbl:sourceName>{target}</sbl:sourceName><sbl:isQuery>false</sbl:isQuery>
  <sbl:PointingPattern>{pointings}</sbl:PointingPattern></sbl:FieldSource>
</sbl:SchedBlock>
"""
)


def write_goal(path: Path, plan: Plan, pointings: int) -> None:
    """Write what was asked for of a member OUS.

    Parameters
    ----------
    pointings : int
        Number of fields of the target.
    """
    cast, windows = plan.cast, list(_windows(plan))
    shift = 1.0 - cast.velocity_km_s / 299792.458
    words = {
        "project": plan.project,
        "name": plan.sb_name,
        "mous": uid_of(plan.mous_uid),
        "block": uid_of(f"{plan.mous_uid}0"),
        "target": cast.target_name,
        "ra_deg": math.degrees(cast.target_ra_rad) % 360.0,
        "dec_deg": math.degrees(cast.target_dec_rad),
        "velocity_km_s": cast.velocity_km_s,
        "frequency_hz": shift * windows[0][0],
        "windows": "\n".join(
            WINDOW.format(centre_hz=centre, width_hz=width, step_hz=step) for centre, width, step in windows
        ),
        "pointings": "<sbl:phaseCenterCoordinates/>" * pointings,
    }
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ObsProject.xml", PROJECT.format(**words))
        archive.writestr("SchedBlock0.xml", BLOCK.format(**words))


def _windows(plan: Plan) -> Iterator[Tuple[float, float, float]]:
    """Centre at rest, width and width of a channel of each science window, Hz."""
    spectrum = make_spectrum(plan.options, 1.0)
    for window in spectrum.windows:
        if window.number in spectrum.science.windows:
            step_hz = abs(window.step_hz)
            yield centre_hz(window), step_hz * window.n_channels, step_hz
