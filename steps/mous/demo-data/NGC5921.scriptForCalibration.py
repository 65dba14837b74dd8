# Calibration and imaging of NGC 5921 in the line of neutral hydrogen: VLA, D configuration, 13 April 1995.
# One spectral window of 63 channels of 24.4 kHz at 1413.4 MHz, RR and LL, 27 antennas, 46 minutes.
#
# CASA 6 with Python 3. At a CASA prompt, in the folder of NGC5921.fits:
#     mysteps = [0, 1]          (without mysteps, or with an empty list: all steps)
#     exec(open('NGC5921.scriptForCalibration.py').read())
# In a plain Python, first: from casatasks import *
#
# CALIBRATE_BANDPASS, CALIBRATE_FLUX: 1331+30500002_0 (3C 286)
#     field ids: [0]
# CALIBRATE_PHASE: 1445+09900002_0
#     field ids: [1]
# OBSERVE_TARGET: N5921_2
#     field ids: [2]
#
# Using reference antenna = VA15 (pad N2, near the centre of the array)
#
# The recipe is the one of CASA's own regression test ngc5921_regression, with the tasks of today.

import os

thesteps = []
step_title = {0: 'Import of the UVFITS file',
              1: 'Listobs, and save original flags',
              2: 'Flagging of the autocorrelations',
              3: 'Setting of the flux density of 3C 286',
              4: 'Save flags before bandpass cal',
              5: 'Bandpass calibration',
              6: 'Save flags before gain cal',
              7: 'Gain calibration',
              8: 'Flux scale',
              9: 'Save flags before applycal',
              10: 'Application of the bandpass and gain cal tables',
              11: 'Split out corrected column',
              12: 'Save flags after applycal',
              13: 'Subtraction of the continuum',
              14: 'Imaging of the cube',
              15: 'Moment maps, and export to FITS'}

try:
  print('List of steps to be executed ...', mysteps)
  thesteps = mysteps
except NameError:
  print('global variable mysteps not set.')
if (thesteps==[]):
  thesteps = range(0,len(step_title))
  print('Executing all steps: ', thesteps)


# Import of the UVFITS file
mystep = 0
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms')
  os.system('rm -rf NGC5921.ms.flagversions')
  importuvfits(fitsfile = 'NGC5921.fits',
    vis = 'NGC5921.ms',
    antnamescheme = 'new')

# Listobs, and save original flags
mystep = 1
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.listobs')
  listobs(vis = 'NGC5921.ms',
    listfile = 'NGC5921.ms.listobs')

  if not os.path.exists('NGC5921.ms.flagversions/flags.Original'):
    flagmanager(vis = 'NGC5921.ms',
      mode = 'save',
      versionname = 'Original')

# Flagging of the autocorrelations
mystep = 2
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  flagdata(vis = 'NGC5921.ms',
    mode = 'manual',
    autocorr = True,
    flagbackup = False)

# Setting of the flux density of 3C 286
mystep = 3
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  # Perley-Taylor 99 is the scale of the published values; for new data take Perley-Butler 2017.
  setjy(vis = 'NGC5921.ms',
    field = '1331+305*',
    standard = 'Perley-Taylor 99',
    scalebychan = False,
    usescratch = False)

# Save flags before bandpass cal
mystep = 4
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  flagmanager(vis = 'NGC5921.ms',
    mode = 'save',
    versionname = 'BeforeBandpassCalibration')

# Bandpass calibration
mystep = 5
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.bandpass')
  bandpass(vis = 'NGC5921.ms',
    caltable = 'NGC5921.ms.bandpass',
    field = '0', # 1331+30500002_0
    solint = 'inf',
    combine = 'scan',
    refant = 'VA15',
    bandtype = 'B')

# Save flags before gain cal
mystep = 6
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  flagmanager(vis = 'NGC5921.ms',
    mode = 'save',
    versionname = 'BeforeGainCalibration')

# Gain calibration
mystep = 7
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.gain')
  gaincal(vis = 'NGC5921.ms',
    caltable = 'NGC5921.ms.gain',
    field = '0,1', # 1331+30500002_0, 1445+09900002_0
    spw = '0:6~56', # without the edges of the band
    solint = 'inf',
    refant = 'VA15',
    gaintype = 'G',
    calmode = 'ap',
    minsnr = 1.0,
    gaintable = ['NGC5921.ms.bandpass'],
    interp = ['nearest'])

# Flux scale
mystep = 8
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.flux')
  os.system('rm -rf NGC5921.ms.fluxscale')
  fluxscale(vis = 'NGC5921.ms',
    caltable = 'NGC5921.ms.gain',
    fluxtable = 'NGC5921.ms.flux',
    reference = '1331*',
    transfer = '1445*',
    listfile = 'NGC5921.ms.fluxscale')

# Save flags before applycal
mystep = 9
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  flagmanager(vis = 'NGC5921.ms',
    mode = 'save',
    versionname = 'BeforeApplycal')

# Application of the bandpass and gain cal tables
mystep = 10
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  applycal(vis = 'NGC5921.ms',
    field = '0', # 1331+30500002_0, with its own gains
    gaintable = ['NGC5921.ms.bandpass', 'NGC5921.ms.flux'],
    gainfield = ['0', '0'],
    interp = ['nearest', 'nearest'],
    calwt = True,
    flagbackup = False)

  applycal(vis = 'NGC5921.ms',
    field = '1,2', # 1445+09900002_0 and N5921_2, with the gains of 1445+099
    gaintable = ['NGC5921.ms.bandpass', 'NGC5921.ms.flux'],
    gainfield = ['0', '1'],
    interp = ['nearest', 'linear'],
    calwt = True,
    flagbackup = False)

# Split out corrected column
mystep = 11
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.split.cal')
  os.system('rm -rf NGC5921.ms.split.cal.flagversions')
  split(vis = 'NGC5921.ms',
    outputvis = 'NGC5921.ms.split.cal',
    field = '2', # N5921_2
    datacolumn = 'corrected')

# Save flags after applycal
mystep = 12
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  flagmanager(vis = 'NGC5921.ms.split.cal',
    mode = 'save',
    versionname = 'AfterApplycal')

# Subtraction of the continuum
mystep = 13
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.ms.split.cal.contsub')
  uvcontsub(vis = 'NGC5921.ms.split.cal',
    outputvis = 'NGC5921.ms.split.cal.contsub',
    datacolumn = 'data',
    fitspec = '0:4~6;50~59', # channels without line
    fitorder = 0)

# Imaging of the cube
mystep = 14
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.cube.*')
  tclean(vis = 'NGC5921.ms.split.cal.contsub',
    imagename = 'NGC5921.cube',
    specmode = 'cube',
    nchan = 46,
    start = 5,
    width = 1,
    imsize = [256, 256],
    cell = '15arcsec',
    weighting = 'briggs',
    robust = 0.5,
    perchanweightdensity = False,
    pblimit = -0.2, # keeps the whole field: the published rms is that of all pixels
    deconvolver = 'hogbom',
    gain = 0.1,
    niter = 6000,
    threshold = '8mJy', # four times the rms
    restoringbeam = 'common')

# Moment maps, and export to FITS
mystep = 15
if(mystep in thesteps):
  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')
  print('Step ', mystep, step_title[mystep])

  os.system('rm -rf NGC5921.moments.integrated')
  os.system('rm -rf NGC5921.moments.weighted_coord')
  immoments(imagename = 'NGC5921.cube.image',
    moments = [0, 1],
    excludepix = [-100, 0.009], # Jy/beam: about 4.5 times the rms
    outfile = 'NGC5921.moments')

  exportfits(imagename = 'NGC5921.cube.image',
    fitsimage = 'NGC5921.cube.image.fits',
    overwrite = True)
