"""Tiny ASDMs, files of the Observing Tool and reductions by hand, written out as they are on disk."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

MOUS = "uid___A001_X13e_X1fe"
EB1 = "uid___A002_X85c183_X2cd"
EB2 = "uid___A002_X85c183_X7e0"
SB = "NGC253_a_06_TE"


def uri(uid: str) -> str:
    return "uid://" + "/".join(uid.removeprefix("uid___").split("_"))


# -- ASDMs ---------------------------------------------------------------------------------------------------


def write_asdm(
    folder: Path,
    uid: str = EB1,
    *,
    mous: str = MOUS,
    project: str = "uid___A001_X13e_X1",
    sb: str = SB,
    antennas: int = 3,
    integers: bool = False,
    goal: Mapping[str, str] | None = None,
) -> Path:
    """An ASDM with the tables that tell what it is; its one binary file holds no visibilities."""
    folder.mkdir(parents=True)
    told = {"SBName": sb, **(goal or {})}
    words = " ".join(f'"{name} = {value}"' for name, value in told.items())
    tables = {
        "ExecBlock": [
            {
                "execBlockId": "ExecBlock_0",
                "startTime": "4972407600000000000",
                "endTime": "4972411200000000000",
                "numAntenna": str(antennas),
                "telescopeName": "ALMA",
                "aborted": "false",
                "projectUID": ref(project),
                "execBlockUID": ref(uid),
            }
        ],
        "SBSummary": [{"obsUnitSetUID": ref(mous), "scienceGoal": f"1 {len(told)} {words}"}],
        "Antenna": [
            {
                "antennaId": f"Antenna_{n}",
                "name": f"DA{n + 41}",
                "dishDiameter": "12.0",
                "stationId": "Station_0",
            }
            for n in range(antennas)
        ],
        **INNER,
        "Station": [
            {"stationId": "Station_0", "name": "A001", "position": "1 3 0 0 0", "type": "ANTENNA_PAD"}
        ],
        "Main": [{"dataUID": ref("uid___A002_X85c183_Xf0")}],
    }
    names = "".join(
        f"<Table><Name>{name}</Name><NumberRows>{len(rows)}</NumberRows></Table>"
        for name, rows in tables.items()
    )
    entity = f'<Entity entityId="{uri(uid)}" entityTypeName="ASDM" documentVersion="1"/>'
    (folder / "ASDM.xml").write_text(f'<?xml version="1.0"?>\n<ASDM>{entity}{names}</ASDM>\n')
    for name, rows in tables.items():
        body = "".join(f"<row>{''.join(f'<{k}>{v}</{k}>' for k, v in row.items())}</row>\n" for row in rows)
        (folder / f"{name}.xml").write_text(
            f'<?xml version="1.0"?>\n<{name}Table>{entity}{body}</{name}Table>\n'
        )
    (folder / "ASDMBinary").mkdir()
    kind = "INT16_TYPE" if integers else "FLOAT32_TYPE"
    (folder / "ASDMBinary" / "uid___A002_X85c183_Xf0").write_text(f'<crossData type="{kind}"/>' + "x" * 5000)
    return folder


INNER = {
    "DataDescription": [
        {
            "dataDescriptionId": "DataDescription_0",
            "polOrHoloId": "Polarization_0",
            "spectralWindowId": "SpectralWindow_0",
        }
    ],
    "Field": [
        {"fieldId": "Field_0", "fieldName": "NGC253", "referenceDir": "2 1 2 0.2 -0.4", "sourceId": "0"}
    ],
    "Polarization": [{"polarizationId": "Polarization_0", "numCorr": "2", "corrType": "1 2 XX YY"}],
    "Scan": [
        {
            "scanNumber": "1",
            "startTime": "4972407600000000000",
            "endTime": "4972407700000000000",
            "numIntent": "1",
            "scanIntent": "1 1 OBSERVE_TARGET",
            "sourceName": "NGC253",
        }
    ],
    "SpectralWindow": [
        {
            "spectralWindowId": "SpectralWindow_0",
            "name": "X1#ALMA_RB_06#BB_1#SW-01#FULL_RES",
            "basebandName": "BB_1",
            "numChan": "4",
            "chanFreqStart": "230e9",
            "chanFreqStep": "1e6",
            "totBandwidth": "4e6",
        }
    ],
}


def ref(uid: str) -> str:
    return f'<EntityRef entityId="{uri(uid)}" partId="X1" entityTypeName="x" documentVersion="1"/>'


# -- files of the Observing Tool -------------------------------------------------------------------------


GOAL = """
<{p}ScienceGoal mode="Standard"><{p}name>CO in NGC 253</{p}name>
 <{p}requiredReceiverBands>ALMA_RB_06</{p}requiredReceiverBands>
 <{p}ObsUnitSetRef entityId="uid://A001/X13e/X1" partId="X100"/>
 <{p}PerformanceParameters desiredSensitivityFrequencyMeasure="User" {option}>
  <{p}desiredAngularResolution unit="{arc}">{resolution}</{p}desiredAngularResolution>{more}
  <{p}desiredLargestScale unit="arcsec">9</{p}desiredLargestScale>
  <{p}desiredSensitivity unit="{flux_unit}" userUnit="mJy">{flux}</{p}desiredSensitivity>
  <{p}desiredSensitivityReferenceFrequencyWidth
   unit="{width_unit}">{width}</{p}desiredSensitivityReferenceFrequencyWidth>
  <{p}representativeFrequency unit="GHz">230.0</{p}representativeFrequency>
  <{p}useACA>true</{p}useACA><{p}useTP>false</{p}useTP>
 </{p}PerformanceParameters>
 <{p}SpectralSetupParameters type="full" polarisation="DOUBLE">
  <{p}ScienceSpectralWindow><{p}transitionName>CO v=0 2-1</{p}transitionName>
   <{p}centerFrequency unit="GHz">230.538</{p}centerFrequency><{p}bandWidth unit="MHz">937.5</{p}bandWidth>
   <{p}spectralResolution unit="kHz">976.5625</{p}spectralResolution></{p}ScienceSpectralWindow>
 </{p}SpectralSetupParameters>
 <{p}TargetParameters type="F_SinglePoint"><{p}sourceName>NGC253</{p}sourceName></{p}TargetParameters>
</{p}ScienceGoal>
"""
OTHER_GOAL = """<{p}ScienceGoal><{p}name>Something else</{p}name></{p}ScienceGoal>"""
PROJECT = """<?xml version="1.0" encoding="UTF-8"?>
<{p}ObsProject xmlns{colon}{prefix}="{space}" xmlns:val="Alma/ValueTypes" schemaVersion="{version}">
 <{p}ObsProjectEntity entityId="uid://A001/X13e/X1"/><{p}projectName>Gas in NGC 253</{p}projectName>
 <{p}code>2013.1.00123.S</{p}code><{p}pI>Dr. Somebody</{p}pI>
 <{p}ObsProgram><{p}ObsPlan entityPartId="X99">
  <{p}ObsUnitSet entityPartId="X100"><{p}name>Science Goal</{p}name>
   <{p}ObsUnitSet entityPartId="X101"><{p}name>Group OUS</{p}name>
    <{p}ObsUnitSet entityPartId="X102"><{p}name>Member OUS (NGC253)</{p}name>
     <{p}OUSStatusRef entityId="{mous}"/><{p}SchedBlockRef entityId="uid://A001/X13e/X33"/></{p}ObsUnitSet>
    <{p}ObsUnitSet entityPartId="X103"><{p}name>Member OUS (NGC253)</{p}name>
     <{p}OUSStatusRef entityId="uid://A001/X13e/X200"/><{p}SchedBlockRef entityId="uid://A001/X13e/X44"/>
    </{p}ObsUnitSet></{p}ObsUnitSet></{p}ObsUnitSet></{p}ObsPlan>{goals}</{p}ObsProgram>
</{p}ObsProject>"""
BLOCK = """<?xml version="1.0" encoding="UTF-8"?>
<sbl:SchedBlock xmlns:sbl="Alma/ObsPrep/SchedBlock" xmlns:prj="Alma/ObsPrep/ObsProject">
 <sbl:SchedBlockEntity entityId="{uid}"/><prj:name>{name}</prj:name>
 <prj:ObsUnitControl arrayRequested="{array}"/>
 <sbl:SchedulingConstraints>
  <sbl:minAcceptableAngResolution unit="arcsec">0.7</sbl:minAcceptableAngResolution>
  <sbl:maxAcceptableAngResolution unit="arcsec">1.1</sbl:maxAcceptableAngResolution>
 </sbl:SchedulingConstraints>
 <sbl:ScienceParameters><sbl:representativeBandwidth unit="GHz">1.875</sbl:representativeBandwidth>
  <sbl:representativeFrequency unit="GHz">230.0</sbl:representativeFrequency>
  <sbl:sensitivityGoal unit="Jy">{rms}</sbl:sensitivityGoal></sbl:ScienceParameters>
</sbl:SchedBlock>"""

#: Two versions of the tool: an old one with a prefix, one resolution; a new one with a default namespace, a
#: range of resolutions and a width given as a velocity.
OLD = {
    "p": "prj:", "colon": ":", "prefix": "prj", "space": "Alma/ObsPrep/ObsProject", "version": "15",
    "option": "", "arc": "arcsec", "resolution": "1.0", "more": "", "flux": "0.0001", "flux_unit": "Jy",
    "width": "1.875", "width_unit": "GHz",
}  # fmt: skip
NEW = {
    "p": "", "colon": "", "prefix": "", "space": "Alma/ObsPrep/ObsProject/v33", "version": "33",
    "option": 'resolutionOption="Range"', "arc": "deg", "resolution": str(1.2 / 3600),
    "more": '<acceptableAngularResolution unit="arcsec">0.8</acceptableAngularResolution>',
    "flux": "100", "flux_unit": "uJy", "width": "10.0", "width_unit": "km/s",
}  # fmt: skip


def project_xml(style: Mapping[str, str], *, mous: str = MOUS, goals: str = GOAL + OTHER_GOAL) -> str:
    return PROJECT.format(**style, mous=uri(mous), goals=goals.format(**style))


def write_aot(path: Path, style: Mapping[str, str] = OLD, *, mous: str = MOUS, rms: str = "0.0001") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ObsProject.xml", project_xml(style, mous=mous))
        archive.writestr("ObsProposal.xml", "<prp:ObsProposal xmlns:prp='Alma/ObsPrep/ObsProposal'/>")
        for uid, name, array in (
            ("uid://A001/X13e/X33", SB, "TWELVE-M"),
            ("uid://A001/X13e/X44", "NGC253_a_06_7M", "SEVEN-M"),
        ):
            archive.writestr(f"SchedBlock{name}.xml", BLOCK.format(uid=uid, name=name, array=array, rms=rms))
        archive.writestr("attachments/justification.pdf", b"%PDF")
    return path


# -- reductions by hand ----------------------------------------------------------------------------------


SCRIPT = """\
# A reduction by hand
thesteps = []
step_title = {0: 'Import of the ASDM',
              1: 'A priori flagging',
              2: 'Generation of the Tsys cal table',
              3: 'Split out science SPWs',
              4: 'Save flags before bandpass cal',
              5: 'Bandpass calibration'}

# Import of the ASDM
mystep = 0
if(mystep in thesteps):
  importasdm('EB', asis='Antenna', lazy=False)

# A priori flagging
mystep = 1
if(mystep in thesteps):
  flagdata(vis = 'EB.ms', mode = 'manual', autocorr = True, flagbackup = False)

# Generation of the Tsys cal table
mystep = 2
if(mystep in thesteps):
  gencal(vis = 'EB.ms', caltable = 'EB.ms.tsys', caltype = 'tsys')

# Split out science SPWs
mystep = 3
if(mystep in thesteps):
  split(vis = 'EB.ms', outputvis = 'EB.ms.split', datacolumn = 'corrected')

# Save flags before bandpass cal
mystep = 4
if(mystep in thesteps):
  flagmanager(vis = 'EB.ms.split', mode = 'save', versionname = 'BeforeBandpassCalibration')

# Bandpass calibration
mystep = 5
if(mystep in thesteps):
  bandpass(vis = 'EB.ms.split', caltable = 'EB.ms.split.bandpass', solint = 'inf', minsnr = 3)
"""
TIME = 1700000000.0
"""2023-11-14 22:13:20 UTC"""


def table(path: Path, time: float = TIME, columns: str = "") -> Path:
    """A folder that looks like a table of casacore."""
    path.mkdir(parents=True, exist_ok=True)
    for name in ("table.dat", "table.info"):
        (path / name).write_text(columns)
        os.utime(path / name, (time, time))
    return path


def measurement_set(path: Path, time: float = TIME) -> Path:
    table(path / "POLARIZATION", time)
    return table(path, time)


def script(folder: Path, uid: str = EB1, *, name: str = "", time: float = TIME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{uid}.ms.scriptForCalibration.py")
    path.write_text(SCRIPT.replace("EB", uid))
    os.utime(path, (time, time))
    return path


def log_line(second: int, origin: str, message: str, level: str = "INFO") -> str:
    minute, second = divmod(second, 60)
    return f"2023-11-14 22:{15 + minute:02d}:{second:02d}\t{level}\t{origin}\t{message}\n"


def task_lines(second: int, call: str, *, fails: str = "", cut: bool = False) -> str:
    task = call.partition("(")[0].strip()
    lines = log_line(second, f"{task}::::casa", f"##### Begin Task: {task:18} #####")
    lines += log_line(second, f"{task}::::casa", call)
    if fails:
        text = f"Task {task} raised an exception of class RuntimeError with the following message: {fails}"
        lines += log_line(second + 1, f"{task}::::casa", text, "SEVERE")
    return (
        lines if cut else lines + log_line(second + 2, f"{task}::::casa", f"##### End Task: {task:20} #####")
    )


def step_line(second: int, number: int, title: str) -> str:
    return log_line(second, "casa", f"Step {number} {title}")
