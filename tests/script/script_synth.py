"""Makes reduction scripts in the forms that real ones have, and says what is in them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

UID = "uid___A002_X85c183_X2cd"

TITLES = (
    "Import of the ASDM",
    "Fix of SYSCAL table times",
    "Listobs, clear pointing table, and save original flags",
    "A priori flagging",
    "Generation and time averaging of the WVR cal table",
    "Application of the WVR, Tsys and antpos cal tables",
    "Putting a model for the flux calibrator(s)",
    "Bandpass calibration (+plots)",
    "Save flags before gain cal",
    "Gain calibration",
    "Image the target's continuum, \u03b1 and all",
)

HEADERS = {
    "usual": ("mystep = {n}", "if(mystep in thesteps):"),
    "plain": ("mystep = {n}", "if mystep in thesteps:"),
    "spaced": ("mystep = {n}", "if (mystep in thesteps):"),
    "function": ("mystep = {n}", "if(mystep in thesteps(mysteps)):"),
    "runstep": ("runstep = {n}", "if runstep in runsteps:"),
    "thisstep": ("thisstep={n}", "if thisstep in mysteps:"),
    "remark": ("mystep = {n}    #### ----- here -----", "if(mystep in thesteps):  # go"),
    "bare": ("", "if {n} in thesteps:"),
    "bare in brackets": ("", "if ({n} in thesteps):"),
}

BODIES = (
    "flagdata(vis = '{uid}.ms',\n{i}  mode = 'manual',\n{i}  antenna = 'DV01,DA41,DV16', # noisy\n"
    "{i}  #spw = '1',\n{i}  flagbackup = False)",
    "for i in ['0','2']: applycal(vis='{uid}.ms.split', field=i, flagbackup=F)",
    "gaincal('{uid}.ms.split', '{uid}.ms.split.phase_int', solint='int',\n{i}   calmode = 'p', append=T)",
    "#  gaincal(vis = '{uid}.ms', # was bad\n{i}#    solint = 'inf')",
    "bandpass(vis = '{uid}.ms.split', field = '0',\n{i}  solint = 'inf')  # Using Titan",
    "flagmanager(vis = '{uid}.ms.split',\n{i}  mode = 'save',\n{i}  versionname = 'BeforeGainCal')",
    "mylog = casalog.logfile()\n{i}casalog.setlogfile('{uid}.ms.wvrgcal')\n{i}casalog.setlogfile(mylog)",
    "os.system('rm -rf {uid}.ms.tsys')\n{i}if applyonly != True: es.checkCalTable('{uid}.ms.tsys', a=1)",
    "note = '''a text\nat column 0, if 7 in thesteps:\n'''",
    "x = 1 + \\\n{i}  2",
    "if x == 1:\n{i}{u}res = imstat(imagename='a.image')['rms'][0]\n{i}else:\n{i}{u}res = 0",
    "tb.open('{uid}.ms/POINTING', nomodify = False)\n{i}tb.removerows([0])\n{i}tb.close()",
    "casatasks.split(vis='{uid}.ms', outputvis='{uid}.ms.split', spw='17,19~23')",
)

PYTHON2 = (
    "print 'Step ', mystep",
    "execfile('other.py')",
    "if x <> 1: print >>log, x",
    "try:\n{i}{u}x = 1\n{i}except IOError, e:\n{i}{u}print e",
)

BROKEN = {
    "pasted log": "2015-03-01 12:00:01\tINFO\tgaincal::\tFound good G solutions in 12 (of 14 intervals.\n"
    "2015-03-01 12:00:02\tWARN\tgaincal::::\tInsufficient unflagged antennas",
    "missing bracket": "flagdata(vis = 'x.ms', antenna = 'DV01'",
    "free text": "this antenna doesn't look good, see the plots of Tuesday",
    "unterminated string": "bandpass(vis = 'x.ms, solint = inf)",
    "extra bracket": "clearcal('x.ms'))",
}


@dataclass(frozen=True)
class Synth:
    """A script and what is in it."""

    content: bytes
    steps: tuple[tuple[int | float | str, str], ...]
    python2: bool


def marker(index: int, where: str) -> str:
    """A statement that tells where a step begins or ends."""
    return f"marker_{index}_{where} = 1"


def build(
    numbers,
    *,
    header="usual",
    bodies=None,
    newline="\n",
    unit="  ",
    deep="",
    python2=False,
    encoding="utf-8",
    bom=False,
    final_newline=True,
    titled=True,
    junk=None,
) -> Synth:
    """A script with a step for each number; `junk` maps the index of a step to text at column 0 in it."""
    titles = [TITLES[index % len(TITLES)] for index in range(len(numbers))]
    lines = ["# -*- coding: utf-8 -*-", "# ALMA Data Reduction Script", "", "thesteps = []"]
    lines += [deep + line for line in _titles(numbers, titles)] if titled else []
    lines += [deep + "try:", deep + unit + "thesteps = mysteps", deep + "except:", deep + unit + "pass", ""]
    for index, number in enumerate(numbers):
        assign, condition = (part.format(n=repr(number)) for part in HEADERS[header])
        lines += [f"{deep}# {titles[index]}"] + ([deep + assign] if assign else [])
        lines += [deep + condition]
        inner = deep + unit
        text = [marker(index, "first"), "casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')", ""]
        text += [body.format(uid=UID, i=inner, u=unit) for body in (bodies or {}).get(index, ())]
        lines += [(inner + part) if part else "" for part in text]
        lines += [(junk or {}).get(index)] if index in (junk or {}) else []
        lines += [inner + marker(index, "last"), inner + "# and so on", "", f"{deep}between = {index}", ""]
    text = newline.join("\n".join(lines).split("\n")) + (newline if final_newline else "")
    data = text.encode(encoding, "replace")
    if python2 and deep == "":
        data += newline.encode() + b"print 'done'"
    known = tuple((number, title if titled else "") for number, title in zip(numbers, titles, strict=True))
    return Synth((b"\xef\xbb\xbf" if bom else b"") + data, known, python2)


def _titles(numbers, titles):
    entries = [f"{number!r}: {title!r}" for number, title in zip(numbers, titles, strict=True)]
    head = "step_title = {"
    return [head + (",\n" + " " * len(head)).join(entries) + "}"] if entries else ["step_title = {}"]


@st.composite
def scripts(draw, python3=False):
    """Scripts in all the forms."""
    keys = st.one_of(st.integers(0, 40), st.sampled_from([99, 999, 9999, 1.1, 3.1]))
    if draw(st.integers(0, 9)) == 0:
        keys = st.sampled_from(["import", "cal", "image"])
    numbers = draw(st.lists(keys, min_size=1, max_size=6, unique=True))
    unit, deep = draw(st.sampled_from([("  ", ""), ("    ", ""), ("\t", ""), ("  ", " " * 12)]))
    pool = BODIES if python3 else BODIES + PYTHON2
    bodies = {index: draw(st.lists(st.sampled_from(pool), max_size=4)) for index in range(len(numbers))}
    python2 = any(body in PYTHON2 for chosen in bodies.values() for body in chosen)
    if deep and python3:
        deep = ""
    synth = build(
        numbers,
        header=draw(st.sampled_from(sorted(HEADERS))),
        bodies=bodies,
        newline=draw(st.sampled_from(["\n", "\r\n", "\n", "\r"] if not python3 else ["\n", "\r\n"])),
        unit=unit,
        deep=deep,
        encoding=draw(
            st.sampled_from(["utf-8", "utf-8", "ascii"] if python3 else ["utf-8", "latin-1", "ascii"])
        ),
        bom=draw(st.booleans()),
        final_newline=draw(st.booleans()),
        titled=draw(st.integers(0, 4)) > 0,
    )
    return Synth(synth.content, synth.steps, python2)
