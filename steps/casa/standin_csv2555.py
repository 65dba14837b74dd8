"""The check of es.fixForCSV2555: do the names in FIELD and SOURCE of an imported MS agree?"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

__all__ = ["fix_for_csv_2555"]


class SourceNamesError(RuntimeError):
    """FIELD and SOURCE of an MS name different sources."""


def fix_for_csv_2555(msName: str = "", *args: Any, **kwargs: Any) -> None:
    """Compare FIELD with SOURCE; where they agree there is nothing to fix.

    In some ASDMs of 2013 the two tables named sources differently (ticket CSV-2555). The real function mends
    the MS; ours tells a sound MS from one that has to be mended, and touches neither.

    Raises
    ------
    SourceNamesError
        A field names a source that SOURCE does not have, or has under another name.
    """
    wrong = _differences(msName)
    if wrong:
        raise SourceNamesError(
            f"{msName} needs es.fixForCSV2555, which only the site's analysisUtils can do: "
            f"{'; '.join(wrong[:5])}. Put the folder of the analysis scripts on PYTHONPATH before casapilot "
            "starts the CASA process."
        )
    print(f"casapilot: es.fixForCSV2555({msName}): FIELD and SOURCE agree, nothing to fix", flush=True)


def _differences(ms: str) -> List[str]:
    from casatools import table

    tool = table()
    sources: Dict[int, str] = {}
    for source, name in _sources_in(tool, f"{ms}/SOURCE"):
        sources.setdefault(source, name)
    wrong = []
    for number, (source, name) in enumerate(_sources_in(tool, f"{ms}/FIELD")):
        named = sources.get(source)
        if source >= 0 and named is None:
            wrong.append(f"field {number} ({name}) has source {source}, which is not in SOURCE")
        elif named is not None and named != name:
            wrong.append(f"field {number} is {name} in FIELD and {named} in SOURCE")
    return wrong


def _sources_in(tool: Any, path: str) -> List[Tuple[int, str]]:
    """Return SOURCE_ID and NAME of each row."""
    tool.open(path)
    try:
        numbers, names = tool.getcol("SOURCE_ID"), tool.getcol("NAME")
        return [(int(numbers[row]), str(names[row])) for row in range(len(numbers))]
    finally:
        tool.close()
