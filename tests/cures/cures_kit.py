"""Scripts to cure, of our form and of the older one of ALMA; findings and facts to go with them."""

from __future__ import annotations

import ast
import difflib
import warnings
from dataclasses import replace

from casapilot.steps.cures import Context, FieldFact, FluxFact, Proposal, ScanFact, WindowFact, propose
from casapilot.steps.diagnose.model import Finding, Severity
from casapilot.steps.script import Script

UID = "uid___A002_X85c183_X2cd"

OURS = f"""# Calibration of {UID}
from casatasks import *

thesteps = []
step_title = {{0: 'Import of the ASDM',
              1: 'Fix of SYSCAL table times',
              2: 'A priori flagging',
              3: 'Generation and time averaging of the WVR cal table',
              4: 'Generation of the Tsys cal table',
              5: 'Generation of the antenna position cal table',
              6: 'Application of the WVR, Tsys and antpos cal tables',
              7: 'Split out science SPWs',
              8: 'Initial flagging',
              9: 'Putting a model for the flux calibrator(s)',
              10: 'Bandpass calibration',
              11: 'Gain calibration',
              12: 'Application of the bandpass and gain cal tables'}}

# Import of the ASDM
mystep = 0
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  if not os.path.exists('{UID}.ms'):
    importasdm(asdm = '{UID}',
      asis = 'Antenna Station',
      process_caldevice = False)


# Fix of SYSCAL table times
mystep = 1
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  fixsyscaltimes(vis = '{UID}.ms')


# A priori flagging
mystep = 2
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  flagdata(vis = '{UID}.ms',
    mode = 'manual',
    spw = '1~4',
    autocorr = True,
    flagbackup = False)


# Generation and time averaging of the WVR cal table
mystep = 3
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  os.system('rm -rf {UID}.ms.wvr')
  mylogfile = casalog.logfile()
  casalog.setlogfile('{UID}.ms.wvrgcal')
  wvrgcal(vis = '{UID}.ms',
    caltable = '{UID}.ms.wvr',
    spw = [17, 19, 21],
    toffset = 0,
    statsource = 'NGC1') # the target
  casalog.setlogfile(mylogfile)


# Generation of the Tsys cal table
mystep = 4
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  os.system('rm -rf {UID}.ms.tsys')
  gencal(vis = '{UID}.ms',
    caltable = '{UID}.ms.tsys',
    caltype = 'tsys')

  # Edge channels
  flagdata(vis = '{UID}.ms.tsys',
    mode = 'manual',
    spw = '9:0~3;124~127',
    flagbackup = False)

  # Look at these


# Generation of the antenna position cal table
mystep = 5
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  gencal(vis = '{UID}.ms',
    caltable = '{UID}.ms.antpos',
    caltype = 'antpos',
    antenna = 'DA41',
    parameter = [0.001, 0.0, -0.002])


# Application of the WVR, Tsys and antpos cal tables
mystep = 6
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  tsysmap = [0, 1, 2, 9]
  for_all = ['{UID}.ms.tsys', '{UID}.ms.wvr', '{UID}.ms.antpos']
  applycal(vis = '{UID}.ms',
    field = '0', # J0001
    spw = '17,19,21',
    gaintable = ['{UID}.ms.tsys', '{UID}.ms.wvr', '{UID}.ms.antpos'],
    gainfield = ['0', '0', ''],
    spwmap = [tsysmap, [], []],
    calwt = True,
    flagbackup = False)
  applycal(vis = '{UID}.ms',
    field = '1', # J0002
    spw = '17,19,21',
    gaintable = ['{UID}.ms.tsys', '{UID}.ms.wvr', '{UID}.ms.antpos'],
    gainfield = ['1', '1', ''],
    spwmap = [tsysmap, [], []],
    calwt = True,
    flagbackup = False)


# Split out science SPWs
mystep = 7
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  mstransform(vis = '{UID}.ms',
    outputvis = '{UID}.ms.split',
    datacolumn = 'corrected',
    spw = '17,19,21',
    reindex = False,
    keepflags = True)


# Initial flagging
mystep = 8
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  # Edge channels
  flagdata(vis = '{UID}.ms.split',
    mode = 'manual',
    spw = '19:0~7;120~127',
    flagbackup = False)

  # Flags by hand belong here.


# Putting a model for the flux calibrator(s)
mystep = 9
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  setjy(vis = '{UID}.ms.split',
    field = '0', # J0001
    spw = '17',
    standard = 'manual',
    fluxdensity = [2.0, 0, 0, 0],
    spix = -0.7,
    reffreq = '230.0GHz')
  setjy(vis = '{UID}.ms.split',
    field = '0', # J0001
    spw = '19,21',
    standard = 'manual',
    fluxdensity = [1.9, 0, 0, 0],
    spix = -0.7,
    reffreq = '240.0GHz')


# Bandpass calibration
mystep = 10
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  gaincal(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.ap_pre_bandpass',
    field = '0', # J0001
    spw = '17:48~71,19:51~76,21:48~71',
    solint = 'int',
    refant = 'DV02',
    calmode = 'p',
    minblperant = 3)
  bandpass(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.bandpass',
    field = '0', # J0001
    solint = 'inf',
    combine = 'scan',
    refant = 'DV02',
    solnorm = True,
    gaintable = '{UID}.ms.split.ap_pre_bandpass')
  bandpass(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.bandpass_smooth20ch',
    field = '0', # J0001
    solint = 'inf,20ch',
    combine = 'scan',
    refant = 'DV02',
    solnorm = True,
    gaintable = '{UID}.ms.split.ap_pre_bandpass')


# Gain calibration
mystep = 11
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  gaincal(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.phase_int',
    field = '0,1', # J0001, J0002
    solint = 'int',
    refant = 'DV02',
    gaintype = 'G',
    calmode = 'p',
    gaintable = '{UID}.ms.split.bandpass')
  gaincal(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.ampli_inf',
    field = '0,1', # J0001, J0002
    solint = 'inf',
    refant = 'DV02',
    gaintype = 'T',
    calmode = 'a',
    gaintable = ['{UID}.ms.split.bandpass', '{UID}.ms.split.phase_int'])
  fluxscale(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.ampli_inf',
    fluxtable = '{UID}.ms.split.flux_inf',
    reference = '0')
  gaincal(vis = '{UID}.ms.split',
    caltable = '{UID}.ms.split.phase_inf',
    field = '0,1', # J0001, J0002
    solint = 'inf',
    refant = 'DV02',
    gaintype = 'G',
    calmode = 'p',
    gaintable = '{UID}.ms.split.bandpass')


# Application of the bandpass and gain cal tables
mystep = 12
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')

  for i in ['0', '1', '4']: # J0001, J0002
    applycal(vis = '{UID}.ms.split',
      field = i,
      gaintable = ['{UID}.ms.split.bandpass', '{UID}.ms.split.phase_int', '{UID}.ms.split.flux_inf'],
      gainfield = ['', i, i],
      interp = 'linear,linear',
      calwt = True,
      flagbackup = False)
  applycal(vis = '{UID}.ms.split',
    field = '2~4', # NGC1
    gaintable = ['{UID}.ms.split.bandpass', '{UID}.ms.split.phase_inf', '{UID}.ms.split.flux_inf'],
    gainfield = ['', '1', '1'], # J0002
    interp = 'linear,linear',
    calwt = True,
    flagbackup = False)
"""


def theirs(text: str = OURS) -> str:
    """As the generator of ALMA wrote it for CASA 4: Python 2, T and F, spws of .split counted from 0."""
    for number, spw in enumerate(("17", "19", "21")):
        text = text.replace(f"{spw}:", f"{number}:").replace(f"'{spw}'", f"'{number}'")
    text = text.replace("  mstransform(vis", "  split(vis").replace("    reindex = False,\n", "")
    text = text.replace("'19,21'", "'1,2'").replace("True", "T").replace("False", "F")
    text = text.replace(
        "print('Step ', mystep, step_title[mystep])", "print 'Step ', mystep, step_title[mystep]"
    )
    return text.replace("from casatasks import *", "print '# A priori calibration'")


CONTEXT = Context(
    ms=f"{UID}.ms",
    initials="XY",
    date="2026-11-22",
    scans=(
        ScanFact(3, ("CALIBRATE_PHASE", "CALIBRATE_WVR"), (1,), (17, 19, 21)),
        ScanFact(4, ("OBSERVE_TARGET",), (2,), (17, 19, 21)),
        ScanFact(5, ("CALIBRATE_ATMOSPHERE",), (2,), (9,)),
        ScanFact(6, ("OBSERVE_TARGET",), (2,), (17, 19, 21)),
        ScanFact(7, ("OBSERVE_CHECK_SOURCE",), (3,), (17, 19, 21)),
        ScanFact(8, ("CALIBRATE_PHASE", "CALIBRATE_WVR"), (1,), (17, 19, 21)),
        ScanFact(9, ("OBSERVE_TARGET",), (2,), (17, 19, 21)),
        ScanFact(10, ("CALIBRATE_PHASE",), (1,), (17, 19, 21)),
    ),
    fields=(
        FieldFact(0, "J0001", 0.0, 0.0),
        FieldFact(1, "J0002", 0.1, 0.0),
        FieldFact(2, "NGC1", 0.12, 0.0),
        FieldFact(3, "J0003", 0.13, 0.02),
        FieldFact(4, "J0004", 1.5, 0.0),
    ),
    windows=(WindowFact(17, 120, 976_562.5), WindowFact(19, 128, 15.625e6), WindowFact(21, 120, 122_070.3)),
    integration_s=6.048,
    antennas=("DA41", "DA42", "DV02", "DV09"),
    references=("DV02", "DV09", "DA41"),
    tsys_fields=(0, 2),
    positions={"DA42": (0.0011, -0.0002, 0.0003), "DA41": (0.003, 0.0, 0.0)},
    fluxes=(FluxFact(0, 2.2, 230e9, -0.5, "9 or more measurements in two bands"),),
    old_versions=(f"{UID}.ms.split:Original.old.1479804000",),
    stray_versions=(f"{UID}.ms.flagversions",),
)


def found(*cures: str, **more: object) -> Finding:
    """A finding that names these cures."""
    given = {
        "cause": "cause",
        "severity": Severity.FAIL,
        "eb": "X2cd",
        "item": "gain",
        "title": "It is bad",
        "evidence": ("rms 918 um, the others 43",),
        **more,
    }
    return Finding(cures=cures, **given)  # type: ignore[arg-type]  # each of its name's type


def first(finding: Finding, text: str | bytes = OURS, context: Context = CONTEXT) -> Proposal:
    """The first that is proposed for a finding."""
    return proposed(finding, text, context)[0]


def proposed(finding: Finding, text: str | bytes = OURS, context: Context = CONTEXT) -> tuple[Proposal, ...]:
    """All that is proposed for a finding."""
    content = text.encode() if isinstance(text, str) else text
    return propose(finding, Script.parse(content, "X.scriptForCalibration.py"), context)


def changed(before: str | bytes, after: bytes) -> tuple[list[str], list[str]]:
    """Lines that went, and lines that came; comments that mark an edit left out."""
    old = (before.encode() if isinstance(before, str) else before).decode().splitlines()
    gone, came = [], []
    for line in difflib.ndiff(old, after.decode().splitlines()):
        if line.startswith("- "):
            gone.append(line[2:].strip())
        elif line.startswith("+ ") and not line[2:].lstrip().startswith("# XY 2026-11-22: "):
            came.append(line[2:].strip())
    return gone, came


def parses(content: bytes) -> bool:
    """Whether Python 3 takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(content)
        except SyntaxError:
            return False
    return True


def without(context: Context, **fields: object) -> Context:
    """A context in which something is not known."""
    return replace(context, **fields)  # type: ignore[arg-type]  # each of its name's type
