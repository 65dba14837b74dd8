"""The tasks of CASA 4 to 6.7, those that were taken out since included, and their first parameters.

A call is known by its name; the parameters say what its positional arguments are. Only those are listed whose
place has not changed from version to version.
"""

from __future__ import annotations

__all__ = ["HELPERS", "MODULES", "TASKS"]

#: Modules that hold tasks: ``casatasks.gaincal(...)`` is a call of gaincal, ``text.split(...)`` is none.
MODULES = frozenset({"casatasks", "casaplotms", "casaviewer", "tasks"})

#: Objects of analysisUtils and the script generator that reduction scripts call.
HELPERS = frozenset({"aU", "au", "es", "sg", "csg", "analysisUtils", "almaqa2csg", "almaqa2isg"})

_SIGNATURES = """
accor vis caltable; accum vis tablein; apparentsens vis field; applycal vis field; asdmsummary asdm;
autoclean vis imagename; bandpass vis caltable; blcal vis caltable; boxit imagename; browsetable
tablename; calstat caltable axis; clean vis imagename; clearcal vis field; clearstat; concat vis
concatvis; conjugatevis vis spwlist; csvclean vis imagename; cvel vis outputvis; cvel2 vis outputvis;
deconvolve imagename startmodel; defintent vis intent; delmod vis otf; exportasap infile outfile;
exportasdm vis asdm; exportfits imagename fitsimage; exportuvfits vis fitsfile; feather imagename highres;
fixplanets vis field; fixvis vis outputvis; flagautocorr vis; flagcmd vis inpmode; flagdata vis mode;
flagdata2 vis; flagmanager vis mode versionname; flagplot; fluxscale vis caltable; fringefit vis caltable;
ft vis field; gaincal vis caltable; gencal vis caltable; getantposalma outfile overwrite; getcalmodvla
outfile overwrite; getephemtable objectname asis; getjyperkalma outfile overwrite; hanningsmooth vis
outputvis; imbaseline imagename linefile; imcollapse imagename function; imcontsub imagename linefile;
imdev imagename outfile; imfit imagename box; imhead imagename mode; imhistory imagename mode; immath
imagename mode; immoments imagename moments; impbcor imagename pbimage; importasap infile outputvis;
importasdm asdm vis; importatca files vis; importevla asdm vis; importfits fitsimage imagename;
importfitsidi fitsidifile vis; importgmrt fitsfile; importmiriad mirfile vis; importnro infile outputvis;
importoldasdm asdm; importuvfits fitsfile vis; importvla archivefiles vis; impv imagename outfile; imrebin
imagename outfile; imreframe imagename output; imregrid imagename template; imsmooth imagename; imstat
imagename axes; imsubimage imagename outfile; imtrans imagename outfile; imval imagename region; imview
raster; initweights vis wtmode; listcal vis caltable; listfits fitsfile; listhistory vis; listobs vis;
listpartition vis; listsdm sdm; listvis vis; makemask mode inpimage; mosaic vis imagename; msmoments
infile moments; mstransform vis outputvis; msuvbin vis field; msview infile; nrobeamaverage infile;
oldhanningsmooth vis; oldimcollapse imagename; oldsplit vis outputvis; oldstatwt dorms byantenna;
partition vis outputvis; pclean vis imagename; peel vis; phaseshift vis outputvis; plotants vis figfile;
plotbandpass caltable antenna; plotcal caltable xaxis; plotms vis; plotprofilemap imagename figfile;
plotuv vis field; plotweather vis; plotxy vis xaxis; polcal vis caltable; polfromgain vis tablein;
predictcomp objname standard; rerefant vis tablein; rmfit imagename rm; rmtables tablenames; sdatmcor
infile; sdaverage infile; sdbaseline infile; sdbaseline2 infile; sdbaselineold infile; sdcal infile;
sdcal2 infile; sdcal2old infile; sdcoadd infiles; sdcoaddold infiles; sdfit infile; sdfitold infile;
sdfixscan infiles; sdflag infile; sdflagmanager infile; sdflagold infile; sdgaincal infile; sdgrid
infiles; sdgridold infiles; sdimaging infiles outfile; sdimagingold infiles; sdimprocess infiles;
sdintimaging usedata sdimage; sdlist infile; sdlistold infile; sdmath expr; sdmathold expr; sdplot infile;
sdplotold infile; sdpolaverage infile; sdreduce infile; sdreduceold infile; sdsave infile; sdsaveold
infile; sdscale infile; sdscaleold infile; sdsidebandsplit imagename outfile; sdsmooth infile; sdsmoothold
infile; sdstat infile; sdstatold infile; sdtimeaverage infile; sdtpimaging infile; sdtpimaging2 infile;
setjy vis field; simalma project; simanalyze project; simdata modelimage; simobserve project; slsearch
tablename outfile; smoothcal vis tablein; specfit imagename; specflux imagename; specsmooth imagename;
splattotable filenames table; split vis outputvis; spxfit imagename; ssoflux vis; statwt vis; statwt2 vis;
tclean vis; tclean2 vis; testconcat vis testconcatvis; tsdimaging infiles outfile; uvcontsub vis;
uvcontsub2 vis; uvcontsub3 vis; uvcontsub_old vis field; uvmodelfit vis field; uvsub vis
reverse; viewer infile; virtualconcat vis concatvis; vishead vis mode; visstat vis axis; widebandpbcor vis
imagename; widefield vis imagename; wvrgcal vis caltable
"""


def _read(text: str) -> dict[str, tuple[str, ...]]:
    words = (entry.split() for entry in text.replace("\n", " ").split(";"))
    return {name: tuple(parameters) for name, *parameters in words}


#: Task -> names of its first parameters.
TASKS = _read(_SIGNATURES)
