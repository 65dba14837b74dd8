"""A reduction script for the small MS, in the form of real ones: what a test runs in pieces, or whole."""

from __future__ import annotations

import re

UID = "uid___A002_X1_X2cd"

SCRIPT = """# Using reference antenna = DA41
import os
import numpy as np

np.random.seed(5)
mylog = casalog.logfile()
thesteps = []
step_title = {0: 'Import of the ASDM',
              1: 'Listobs, and save original flags',
              2: 'Initial flagging',
              3: 'Split out science SPWs',
              4: 'Putting a model for the flux calibrator(s)',
              5: 'Save flags before bandpass cal',
              6: 'Bandpass calibration',
              7: 'Gain calibration',
              8: 'Application of the bandpass and gain cal tables',
              9: 'Split out corrected column'}

try:
  print('List of steps to be executed ...', mysteps)
  thesteps = mysteps
except:
  print('global variable mysteps not set.')
if (thesteps==[]):
  thesteps = range(0,len(step_title))

mystep = 0
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])
  os.system('rm -rf UID.ms UID.ms.flagversions')
  os.system('cp -RL UID UID.ms')

mystep = 1
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  os.system('rm -f UID.ms.listobs')
  listobs(vis = 'UID.ms', listfile = 'UID.ms.listobs')
  flagmanager(vis = 'UID.ms', mode = 'save', versionname = 'Original')

mystep = 2
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  flagdata(vis = 'UID.ms', mode = 'manual', spw = '0:0~1;30~31,1:0;15', flagbackup = False)
  flagdata(vis = 'UID.ms', mode = 'list', inpfile = 'manual_flags.txt', flagbackup = False)

mystep = 3
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  os.system('rm -rf UID.ms.split UID.ms.split.flagversions')
  mstransform(vis = 'UID.ms', outputvis = 'UID.ms.split', datacolumn = 'data',
    reindex = False, keepflags = True)

mystep = 4
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  setjy(vis = 'UID.ms.split', field = '0', standard = 'manual', fluxdensity = [3.8, 0, 0, 0],
    usescratch = True)

mystep = 5
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  flagmanager(vis = 'UID.ms.split', mode = 'save', versionname = 'BeforeBandpassCalibration')

mystep = 6
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  os.system('rm -rf UID.ms.split.bandpass UID.ms.split.ap_pre_bandpass')
  gaincal(vis = 'UID.ms.split', caltable = 'UID.ms.split.ap_pre_bandpass', field = '0', solint = 'int',
    refant = 'DA41', calmode = 'p')
  bandpass(vis = 'UID.ms.split', caltable = 'UID.ms.split.bandpass', field = '0', solint = 'inf',
    combine = 'scan', refant = 'DA41', solnorm = True, gaintable = 'UID.ms.split.ap_pre_bandpass')

mystep = 7
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  for suffix in ('phase_int', 'ampli_inf', 'flux_inf', 'phase_inf'):
    os.system('rm -rf UID.ms.split.'+suffix)
  gaincal(vis = 'UID.ms.split', caltable = 'UID.ms.split.phase_int', field = '0,1', solint = 'int',
    refant = 'DA41', gaintype = 'G', calmode = 'p', gaintable = 'UID.ms.split.bandpass')
  gaincal(vis = 'UID.ms.split', caltable = 'UID.ms.split.ampli_inf', field = '0,1', solint = 'inf',
    refant = 'DA41', gaintype = 'T', calmode = 'a',
    gaintable = ['UID.ms.split.bandpass', 'UID.ms.split.phase_int'])
  casalog.setlogfile('UID.ms.split.fluxscale')
  fluxscale(vis = 'UID.ms.split', caltable = 'UID.ms.split.ampli_inf', fluxtable = 'UID.ms.split.flux_inf',
    reference = '0')
  casalog.setlogfile(mylog)
  gaincal(vis = 'UID.ms.split', caltable = 'UID.ms.split.phase_inf', field = '0,1', solint = 'inf',
    refant = 'DA41', gaintype = 'G', calmode = 'p', gaintable = 'UID.ms.split.bandpass')

mystep = 8
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  for i in ['0', '1']:
    applycal(vis = 'UID.ms.split', field = i, interp = 'linear', calwt = True, flagbackup = False,
      gaintable = ['UID.ms.split.bandpass', 'UID.ms.split.phase_int', 'UID.ms.split.flux_inf'],
      gainfield = ['', i, i])
  applycal(vis = 'UID.ms.split', field = '2', interp = 'linear', calwt = True, flagbackup = False,
    gaintable = ['UID.ms.split.bandpass', 'UID.ms.split.phase_inf', 'UID.ms.split.flux_inf'],
    gainfield = ['', '1', '1'])

mystep = 9
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  os.system('rm -rf UID.ms.split.cal UID.ms.split.cal.flagversions')
  split(vis = 'UID.ms.split', outputvis = 'UID.ms.split.cal', datacolumn = 'corrected', keepflags = True)
""".replace("UID", UID)

FLAGS = "antenna='DV06' scan='2' reason='test'\n"
N_STEPS = len(re.findall(r"^mystep = ", SCRIPT, re.MULTILINE))
