"""What is asked for and not ended yet: which of it may begin now, and what goes with what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..checklist.model import Key

__all__ = ["Waiting"]


class Waiting:
    """The queue of all EBs, in one order.

    Inside an EB one item follows the other; EBs go side by side. An item of the whole MOUS waits for all
    that is before it, and all that is after it waits for it. Whoever calls from several threads has a lock.

    Parameters
    ----------
    keys : iterable of Key
        What is asked for, in order.
    jobs : int
        So many EBs may be at work at a time.
    """

    def __init__(self, keys: Iterable[Key] = (), jobs: int = 1) -> None:
        self.keys = list(keys)
        self.jobs = jobs
        self.busy: dict[str, Key] = {}
        """EB -> what it is at: an item, or one that is settled or whose flags are put back."""

    def __bool__(self) -> bool:
        return bool(self.keys or self.busy)

    def add(self, keys: Iterable[Key]) -> None:
        """Ask for more."""
        self.keys += [key for key in keys if key not in self.keys]

    def has(self, eb: str) -> bool:
        """Whether something of this EB is asked for or under way."""
        return eb in self.busy or any(key.eb == eb for key in self.keys)

    def hold(self, key: Key) -> None:
        """Have the EB of `key` busy with something that is not in the queue."""
        self.busy[key.eb] = key

    def begin(self) -> Key | None:
        """Return what may begin now, which counts as begun; None when nothing may."""
        if len(self.busy) >= self.jobs or "" in self.busy:
            return None
        for key in self.keys:
            if not key.eb and (self.busy or key != self.keys[0]):
                return None
            if key.eb not in self.busy:
                self.busy[key.eb] = key
                return key
        return None

    def free(self, key: Key) -> None:
        """The EB of `key` is at nothing any more."""
        self.busy.pop(key.eb, None)

    def drop(self, key: Key, done: bool, needs_it: Callable[[Key], bool] | None = None) -> tuple[Key, ...]:
        """Take out what has ended and, where it did not end well, what cannot go on for that.

        Parameters
        ----------
        done : bool
            Whether it ended well.
        needs_it : callable, optional
            Whether an item cannot go on; default: all of its EB, and what waits for all EBs.

        Returns
        -------
        tuple of Key
            What is dropped besides `key`.
        """
        bad = needs_it or (lambda other: other.eb in ("", key.eb))
        dropped = () if done else tuple(other for other in self.keys if other != key and bad(other))
        self.keys = [other for other in self.keys if other != key and other not in dropped]
        return dropped

    def put_first(self, key: Key) -> None:
        """Have `key` done before all others of its EB."""
        self.keys = [key, *(other for other in self.keys if other != key)]

    def stop(self, eb: str = "") -> tuple[Key, ...]:
        """Drop what has not begun, of one EB or ("") of all; return what is under way there."""
        under_way = [key for name, key in self.busy.items() if eb in ("", name)]
        self.keys = [key for key in self.keys if key in under_way or eb not in ("", key.eb)]
        return tuple(under_way)
