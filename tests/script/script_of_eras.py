"""Scripts as ALMA's generator wrote them over the years, for an EB of `casapilot simulate`, 12m or 7m.

All come from the one text of 2016 (`script_of_4_7`): steps are left out, put in and renamed, and Python,
version guard and spw numbers are made those of the year.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from script_of_4_7 import TEXT, _is_tsys, field_ids

_STEP = re.compile(r"^# [^\n]*\nmystep = \d+\n(?:(?!^# [^\n]*\nmystep)(?:.|\n))*", re.MULTILINE)
_HEAD = (
    "mystep = @N@\nif(mystep in thesteps):\n"
    "  casalog.post('Step '+str(mystep)+' '+step_title[mystep],'INFO')\n"
)


@dataclass(frozen=True)
class Era:
    """What one version of the generator does."""

    casa: str
    created: str = ""
    """Its id in the first lines; older ones have none."""
    python2: bool = True
    guard: str = "casadef.casa_version"
    imports: str = ""
    lacks: tuple[str, ...] = ()
    """Titles of steps that it does not write."""
    titles: tuple[tuple[str, str], ...] = ()
    """Titles that were other ones in 2016 -> as it has them."""
    reindexed: bool = True
    """Whether .split numbers its spws from 0."""
    bdflags: bool = False
    """Whether flags of the binary data are set by a program of their own."""
    renormalised: bool = False
    report: bool = False


_NOT_CLEARED = (
    "Listobs, clear pointing table, and save original flags",
    "Listobs, and save original flags",
)
#: By CASA version.
ERAS = {
    era.casa: era
    for era in (
        Era("4.2.2", lacks=("Fix of SYSCAL table times", "Save flags after applycal"), bdflags=True),
        Era("4.7.2"),
        Era(
            "5.6.1",
            created="$Id: almaqa2csg.py,v 1.13 2021/02/02 22:04:56 dpetry Exp $",
            python2=False,
            guard="'.'.join([str(i) for i in cu.version().tolist()[:-1]])",
            imports="import casadef\n",
            titles=(_NOT_CLEARED,),
            reindexed=False,
        ),
        Era(
            "6.7.0",
            created="$Id: almaqa2csg.py,v 2.18 2025/02/02 22:04:56 dpetry Exp $",
            python2=False,
            guard="'.'.join([str(i) for i in casalith.version()[:-1]])",
            imports="import casalith\n",
            lacks=("Fix of SYSCAL table times",),
            titles=(
                _NOT_CLEARED,
                (
                    "Generation and time averaging of the WVR cal table",
                    "Generation of the WVR cal table",
                ),
                ("Split out science SPWs and time average", "Split out science SPWs"),
                (
                    "Application of the bandpass and gain cal tables",
                    "Application of the bandpass and gain cal tables and the renorm table",
                ),
            ),
            reindexed=False,
            renormalised=True,
            report=True,
        ),
    )
}

RENORMALISATION = """  from pipeline.extern.almarenorm import ACreNorm

  rn = ACreNorm('@UID@.ms')
  rn.renormalize(createCalTable=True, docorrThresh=1.02)
  rn.plotSpectra(includeSummary=False)
  rn.close()

"""
REPORT = """  es.generateQA2Report('@UID@.ms', '@UID@.ms.split', refAnt='@REFANT@')

"""


def script_of(folder: Path, era: Era, *, position: int = 0) -> str:
    """The script for an EB in a folder that `casapilot simulate` made."""
    truth = json.loads((folder / "truth.json").read_text())
    block = truth["blocks"][position]
    steps = [(step.splitlines()[0][2:], _body(step)) for step in _STEP.findall(TEXT.read_text())]
    steps = [(title, body) for title, body in steps if title not in era.lacks]
    if era.renormalised:
        at = next(n for n, (title, _) in enumerate(steps) if title == "Save flags before applycal")
        steps.insert(at, ("Renormalization", RENORMALISATION))
    if era.report:
        steps.append(("Generate QA2 Report", REPORT))
    renamed = dict(era.titles)
    steps = [(renamed.get(title, title), _of_era(title, body, era, truth["array"])) for title, body in steps]
    text = _header([title for title, _ in steps], era) + "\n".join(
        _written(n, *step) for n, step in enumerate(steps)
    )
    text = _values(text, folder, truth, block, era)
    return text if era.python2 else _python3(text)


def _body(step: str) -> str:
    """What stands behind the lines that each step begins with."""
    body = re.split(r"^  print .*\n", step, maxsplit=1, flags=re.MULTILINE)[1].lstrip("\n")
    return re.sub(r"^print .*\n", "", body, flags=re.MULTILINE).rstrip() + "\n\n"


def _written(number: int, title: str, body: str) -> str:
    head = _HEAD.replace("@N@", str(number)) + "  print 'Step ', mystep, step_title[mystep]\n\n"
    return f"# {title}\n{head}{body}"


def _header(titles: Sequence[str], era: Era) -> str:
    first, rest = TEXT.read_text().split("step_title = {", 1)
    rest = rest.split("}", 1)[1].split("# Import of the ASDM\n", 1)[0]
    entries = ",\n              ".join(f"{n}: '{title}'" for n, title in enumerate(titles))
    if era.created:
        first = first.replace("# Calibration\n", f"# Created using {era.created}\n")
    rest = rest.replace("import os\n", f"import os\n\n{era.imports}" if era.imports else "import os\n")
    rest = rest.replace("casadef.casa_version", era.guard).replace("4.7.2", era.casa)
    return f"{first}step_title = {{{entries}}}{rest}"


def _of_era(title: str, body: str, era: Era, array: str) -> str:
    if title == "Import of the ASDM" and era.bdflags:
        body = body.replace("bdfflags=True", "bdfflags=False").replace(" CorrelatorMode SBSummary'", "'")
        body = re.sub(r"    if not os.path.exists(?:.|\n)*?thesteps = \[\]\n", _BDFLAGS, body)
    if title == "Import of the ASDM" and era.lacks[:1] == ("Fix of SYSCAL table times",) and not era.bdflags:
        body = re.sub(r"  if applyonly.*\n", "", body)
    if era.casa >= "6":
        body = body.replace("from recipes.almahelpers", "from casarecipes.almahelpers")
    if array == "7m" and "WVR cal table" in title:
        return "  \n\n"
    if array == "7m" and title.startswith("Application of the WVR"):
        body = body.replace(", '@UID@.ms.wvr'", "").replace(", '', '']", ", '']").replace(",[],[]]", ",[]]")
    if not era.reindexed:
        body = re.sub(r"  tb\.open(?:.|\n)*?tb\.close\(\)\n", "", body)
        body = body.replace("  split(vis", "  mstransform(vis")
        body = body.replace(
            "    spw = '@SCI@',\n    keepflags", "    spw = '@SCI@',\n    reindex = False,\n    keepflags"
        )
    return body


_BDFLAGS = (
    "    os.system(os.environ['CASAPATH'].split()[0]+"
    "'/bin/bdflags2MS -f \"COR DELA INT MIS SIG SYN TFB WVR ZER\" @UID@ @UID@.ms')\n"
)


def _values(text: str, folder: Path, truth: dict[str, Any], block: dict[str, Any], era: Era) -> str:
    asdm = folder / block["uid"]
    fields = field_ids(asdm)
    roles = {source["role"]: name for name, source in truth["sources"].items()}
    bandpass = truth["sources"][roles["bandpass"]]
    science = [str(spw) for spw in block["science_spws"]]
    rows = (asdm / "SpectralWindow.xml").read_text().split("<row>")[1:]
    channels = [int(re.search(r"<numChan>\s*(\d+)", row)[1]) for row in rows]  # type: ignore[index]  # each has it
    names = [str(n) for n in range(len(science))] if era.reindexed else science
    sizes = [channels[int(spw)] for spw in science]
    tsys = sorted({spw for spw in block["spws"] if _is_tsys(spw, block)}, key=int)
    with open(folder / "antennapos.csv", newline="") as file:
        moved = [row for row in csv.DictReader(file) if row["ms"].startswith(block["uid"])]
    target = block["target"]["name"]
    tokens = {
        "UID": block["uid"],
        "SCI": ",".join(science),
        "SCI1": science[0],
        "NOTWVR": f"{1 if truth['array'] == '12m' else 0}~{max(map(int, block['spws']))}",
        "TSYSEDGE": ",".join(f"{n}:0~3;{channels[int(n)] - 4}~{channels[int(n)] - 1}" for n in tsys),
        "REFANT": next(name for name in block["antennas"] if name not in block["not_as_reference"]),
        "FLUX": f"{bandpass['jy']:.4f}",
        "SPIX": f"{bandpass['spectral_index']:.4f}",
        "POSANT": ",".join(row["antenna"] for row in moved),
        "POS": ",".join(row[axis] for row in moved for axis in ("xoff", "yoff", "zoff")),
        "TARNAME": target,
        "TAR": fields[target],
    }
    for role, token in (("bandpass", "BP"), ("phase", "PH"), ("check", "CHK")):
        tokens |= {token: fields[roles[role]], f"{token}NAME": roles[role]}
    middle = ",".join(f"{n}:{size // 3}~{2 * size // 3}" for n, size in zip(names, sizes, strict=True))
    wide = max(range(len(sizes)), key=lambda n: _width(rows[int(science[n])]))
    edge = max(1, sizes[wide] // 16)
    text = text.replace("'0:20~40,1:20~40'", f"'{middle}'").replace(
        "spw = '0,1'", f"spw = '{','.join(names)}'"
    )
    edges = f"'{names[wide]}:0~{edge - 1};{sizes[wide] - edge}~{sizes[wide] - 1}'"
    text = text.replace("'1:0~3;60~63'", edges)
    return re.sub("@([A-Z0-9]+)@", lambda found: tokens[found[1]], text)


def _width(row: str) -> float:
    found = re.search(r"<totBandwidth>\s*([\d.eE+-]+)", row)
    return float(found[1]) if found else 0.0


def _python3(text: str) -> str:
    text = text.replace(
        "print 'Step ', mystep, step_title[mystep]", "print('\\nStep '+str(mystep)+' '+step_title[mystep])"
    )
    text = re.sub(r"^( *)print (.*)$", r"\1print(\2)", text, flags=re.MULTILINE)
    return re.sub(r"= ([TF])\b", lambda found: {"T": "= True", "F": "= False"}[found[1]], text)
