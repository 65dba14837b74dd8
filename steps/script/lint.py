"""What is suspicious in a reduction script, before it costs a night.

Most checks come from defects of delivered scripts.
"""

from __future__ import annotations

from .data_lints import antpos_zero, foreign_uid, refant, unsplit, version_saved_twice
from .finding import Finding, Severity
from .form_lints import (
    broken,
    guidance,
    number_twice,
    preset_steps,
    python2,
    remarks,
    titles_and_blocks,
    version_guard,
)
from .script import Script

__all__ = ["CHECKS", "Finding", "Severity", "lint"]

CHECKS = (
    broken,
    python2,
    number_twice,
    titles_and_blocks,
    preset_steps,
    version_guard,
    foreign_uid,
    unsplit,
    refant,
    antpos_zero,
    version_saved_twice,
    guidance,
    remarks,
)


def lint(script: Script, *, casa_major: int = 6) -> tuple[Finding, ...]:
    """Everything suspicious in a script, in the order of its lines.

    Parameters
    ----------
    script : Script
    casa_major : int
        The CASA it is to run in; before 6 the syntax of Python 2 is no finding.
    """
    checks = (check for check in CHECKS if casa_major >= 6 or check is not python2)
    found = [finding for check in checks for finding in check(script)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.code)))
