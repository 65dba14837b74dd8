"""Bringing an ASDM into the folder of its EB: linked, moved or copied, never lost."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..errors import MousError

__all__ = ["Bring", "How", "bring", "is_same_disk"]

_CHUNK = 1 << 22


class How(str, Enum):
    """What to do with an ASDM."""

    LINK = "link"
    """Leave it where it is; the EB's folder gets a link."""
    MOVE = "move"
    """Move it into the EB's folder."""
    COPY = "copy"
    """Copy it into the EB's folder."""


@dataclass(frozen=True, slots=True)
class Bring:
    """An ASDM and where it goes."""

    source: Path
    """An ASDM directory, links followed."""
    target: Path
    how: How
    size_bytes: int = 0

    @property
    def is_done(self) -> bool:
        """Whether it is there already."""
        return self.target.exists() and self.target.resolve() == self.source.resolve()

    @property
    def comes_onto_disk(self) -> bool:
        """Whether it takes room on the disk of the target."""
        if self.is_done or self.how is How.LINK:
            return False
        return self.how is How.COPY or not is_same_disk(self.source, self.target.parent)


def bring(job: Bring) -> None:
    """Link, move or copy an ASDM; what was copied is compared byte by byte before a source goes away.

    Raises
    ------
    MousError
        Something else has the target's name, or the disk refuses. The source is untouched then.
    """
    if job.is_done:
        return
    if os.path.lexists(job.target) and not _leads_nowhere(job.target):
        raise MousError(
            "is there already, and is not this ASDM", str(job.target), "Look at it, move it away."
        )
    try:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        if _leads_nowhere(job.target):
            job.target.unlink()
        _DO[job.how](job.source, job.target)
    except OSError as error:
        raise MousError(
            f"cannot {job.how.value} the ASDM: {error.strerror}",
            str(error.filename or job.target),
            "The ASDM is where it was. Make room, or use --link.",
        ) from error


def is_same_disk(one: Path, other: Path) -> bool:
    """Whether two paths are on one file system; of one that is not there, its nearest folder."""
    return _device(one) == _device(other)


def _device(path: Path) -> int:
    here = Path(os.path.abspath(path))
    return next(folder for folder in (here, *here.parents) if folder.exists()).stat().st_dev


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _link(source: Path, target: Path) -> None:
    target.symlink_to(source, target_is_directory=True)


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    if part.exists():
        shutil.rmtree(part)
    try:
        shutil.copytree(source, part)
        _compare(source, part)
        part.rename(target)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, shutil.Error):
            raise OSError(5, str(error.args[0][0][2] if error.args[0] else error), str(target)) from error
        raise


def _move(source: Path, target: Path) -> None:
    if is_same_disk(source, target.parent):
        try:
            source.rename(target)
            return
        except OSError as error:
            if error.errno != errno.EXDEV:  # one disk, mounted twice
                raise
    _copy(source, target)
    shutil.rmtree(source)


_DO = {How.LINK: _link, How.MOVE: _move, How.COPY: _copy}


def _compare(source: Path, copy: Path) -> None:
    """OSError unless both hold the same files with the same bytes; the copy is on the disk then."""
    names = set(_files(source))
    if names != set(_files(copy)):
        raise OSError(5, "the copy lacks files", str(copy))
    for name in sorted(names):
        if _digest(source / name, sync=False) != _digest(copy / name, sync=True):
            raise OSError(5, "the copy differs from the source", str(copy / name))


def _files(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (os.path.relpath(os.path.join(parent, name), folder) for name in names)


def _digest(path: Path, *, sync: bool) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        if sync:
            os.fsync(stream.fileno())
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()
