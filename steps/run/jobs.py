"""How many EBs run at a time, and how many threads each has."""

from __future__ import annotations

import os

from ..errors import MousError
from ..mous.mous import Mous

__all__ = ["jobs_of", "threads_of"]

JOB_BYTES = 4e9
"""Memory that one CASA process is given room for: tclean and large joins of tables take so much."""


def jobs_of(mous: Mous, asked: int | None = None) -> int:
    """Return how many EBs may run at a time.

    That is what was asked for, else ``[run] jobs`` of mous.toml, else as many as there are EBs, cores of
    this process, and 4 GB of memory; at least 1.

    Raises
    ------
    MousError
        mous.toml says something that is not a number of EBs.
    """
    if asked is not None:
        return max(asked, 1)
    stated = mous.launcher_options.get("jobs")
    if stated is None:
        return max(1, min(len(mous.ebs), _cores(), int(_memory_bytes() // JOB_BYTES)))
    if not isinstance(stated, int) or isinstance(stated, bool) or stated < 1:
        raise MousError(
            f"[run] jobs is {stated!r}, not a number of EBs", str(mous.root / "mous.toml"), "Write: jobs = 2"
        )
    return stated


def threads_of(jobs: int) -> int:
    """Return the OpenMP threads of each CASA process while `jobs` of them run."""
    return max(1, _cores() // jobs)


def _cores() -> int:
    """Cores that this process may use: a batch system gives fewer than there are."""
    return len(os.sched_getaffinity(0)) or os.cpu_count() or 1


def _memory_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
