"""Curves as they come from CASA's process, and the grid of flags; read from its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CasaError
from .scale import clock

__all__ = ["Axis", "Cell", "Curves", "Grid", "Panel", "Point", "Series", "read_answer"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Axis:
    """What is along one side."""

    kind: str
    """time, freq, channel, antenna, uvdist, u, east; phase, amp, tsys, snr, delay, offset, value, flagged,
    elevation, azimuth, v, north, path."""
    name: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Point:
    """One solution: everything that a flag command needs to mean it."""

    antenna: str
    """Or a baseline, "DA41&DV09"; as CASA selects them."""
    spw: int
    """-1 where it belongs to none."""
    pol: str
    scan: int
    """0 or less where the table does not know it."""
    field: str
    time_s: float
    """MJD."""
    channel: int | None
    """None where it stands for all channels."""
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Series:
    """One curve; what is the same for all its points is held once."""

    x: Sequence[float]
    y: Sequence[float]
    spw: int
    pol: str
    antenna: str | Sequence[str] = ""
    scan: int | Sequence[int] = -1
    field: str | Sequence[str] = ""
    time_s: float | Sequence[float] = 0.0
    channel: Sequence[int] | None = None
    score: float = 0.0
    flagged: int = 0
    points: int = 0
    """How many it had before it was thinned for the screen."""
    label: str = ""
    """What it is, where that is not told by polarisation: "before", "after", a field."""
    sign: str = ""
    """The letter to draw its points with, explained in `Curves.legend`."""
    caption: str = ""
    """Written beside its middle point where there is room: the number of a scan, the name of an antenna."""

    def point(self, n: int) -> Point:
        """Return all that is known of its `n`-th point."""
        return Point(
            str(_nth(self.antenna, n)),
            self.spw,
            self.pol,
            int(_nth(self.scan, n)),
            str(_nth(self.field, n)),
            float(_nth(self.time_s, n)),
            None if self.channel is None else self.channel[n],
            self.x[n],
            self.y[n],
        )


def _nth(values: Any, n: int) -> Any:
    return values[n] if isinstance(values, list | tuple) else values


@dataclass(frozen=True, slots=True)
class Panel:
    """One frame: what is in its title, its ranges, and its curves where they were asked for."""

    x: tuple[float, float]
    y: tuple[float, float]
    antenna: str | None = None
    """None where all antennas lie in it; so for the next three."""
    spw: int | None = None
    pol: str | None = None
    visit: str | None = None
    score: float = 0.0
    """1 and more: worth a look."""
    note: str = ""
    """What stands out: "4.1x others X scan 8"."""
    flagged_percent: float = 0.0
    series: tuple[Series, ...] | None = None
    behind: tuple[Sequence[float], Sequence[float]] | None = None
    """The median of all antennas."""
    field: str | None = None
    label: str = ""
    """What it is, where nothing of the above tells it: "antenna positions"."""
    sky: tuple[Sequence[float], Sequence[float]] | None = None
    """Transmission of the atmosphere, x as that of the curves, y in percent: a scale of its own, 0 to 100."""

    @property
    def outlier(self) -> bool:
        """Whether it stands out."""
        return self.score >= 1.0

    @property
    def title(self) -> str:
        """Return "DV09 spw 17", and what else is its own."""
        words = [
            self.antenna or "",
            "" if self.spw is None else f"spw {self.spw}",
            self.pol or "",
            self.visit or "",
            self.field or "",
        ]
        return " ".join(word for word in words if word) or self.label or "all antennas"


@dataclass(frozen=True, slots=True)
class Curves:
    """The answer to one request."""

    table: str
    kind: str
    x: Axis
    y: Axis
    panels: tuple[Panel, ...]
    """All there are, in order; with curves only those that were asked for."""
    start: int = 0
    date: str = ""
    """Of the midnight that times count from."""
    antennas: tuple[str, ...] = ()
    """Names along x, where that is antennas."""
    overlay: tuple[str, ...] = ()
    choices: Mapping[str, Sequence[Any]] | None = None
    """What the table has, to choose from: y, antenna, spw, pol, scan, field; x, plot, intent, column."""
    plot: str = ""
    """The kind of plot that was asked for."""
    equal: bool = False
    """Whether a unit is as long upwards as to the side: maps."""
    sky: str = ""
    """What air the transmission is of: "1.2 mm of water (WVR), airmass 1.3"."""
    legend: Mapping[str, str] | None = None
    """Sign of points -> what it means."""
    words: str = ""
    """What there is to say of all panels together."""

    @property
    def column(self) -> str:
        """What visibilities were taken: data, corrected or model; empty where it is none."""
        return self.kind.partition("visibilities, ")[2]

    @property
    def drawn(self) -> tuple[Panel, ...]:
        """Those with curves."""
        return tuple(panel for panel in self.panels if panel.series is not None)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a grid, and everything that a flag command needs to mean it."""

    row: str
    column: str
    place: Mapping[str, Any]
    """As in `Grid.places`."""
    value: float | None

    @property
    def where(self) -> str:
        """Return "spw 17", "scan 8 J1924-2914" or "03:14:00-03:17:00"."""
        if "start_s" in self.place:
            return "-".join(clock(float(self.place[name]) % 86400.0) for name in ("start_s", "end_s"))
        return f"{self.column} {self.place.get('field', '')}".rstrip()


@dataclass(frozen=True, slots=True)
class Grid:
    """A number for each row and column: flags of antennas by spw, scan or time."""

    table: str
    unit: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    across: str = "spw"
    """What the columns are: spw, scan or time."""
    places: tuple[Mapping[str, Any], ...] = ()
    """What each column is, for a flag command: spw, or scan and field, or start_s and end_s (MJD)."""
    choices: Mapping[str, Sequence[Any]] | None = None

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell; one without a number where a row is shorter than others."""
        values = self.values[row] if row < len(self.values) else ()
        place = self.places[column] if column < len(self.places) else {}
        value = values[column] if column < len(values) else None
        return Cell(self.rows[row], self.columns[column], place, value)


def read_answer(data: Any) -> Curves | Grid:
    """Return what CASA's process answered.

    Parameters
    ----------
    data : dict
        Its JSON.

    Raises
    ------
    CasaError
        It is not of the form this version knows.
    """
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}")
        return _grid(data) if "grid" in data else _curves(data)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise CasaError(f"the curves cannot be read: {error}", "", "See: casapilot doctor") from error


def _grid(data: Any) -> Grid:
    grid = data["grid"]
    values = tuple(tuple(row) for row in grid["values"])
    return Grid(
        str(data["table"]),
        str(data["unit"]),
        tuple(grid["rows"]),
        tuple(grid["columns"]),
        values,
        str(grid.get("across", "spw")),
        tuple(grid.get("places", ())),
        data.get("choices"),
    )


def _curves(data: Any) -> Curves:
    return Curves(
        table=str(data["table"]),
        kind=str(data["kind"]),
        x=Axis(**data["x"]),
        y=Axis(**data["y"]),
        panels=tuple(_panel(each) for each in data["panels"]),
        start=int(data["start"]),
        date=str(data["date"]),
        antennas=tuple(data["antennas"]),
        overlay=tuple(data["overlay"]),
        choices=data["choices"],
        **{name: data[name] for name in ("plot", "equal", "sky", "legend", "words") if name in data},
    )


def _panel(data: Any) -> Panel:
    behind, sky = data.get("behind"), data.get("sky")
    more = {name: data[name] for name in ("field", "label") if name in data}
    own = {
        name: data[name] for name in ("antenna", "spw", "pol", "visit", "score", "note", "flagged_percent")
    }
    return Panel(
        x=(float(data["x"][0]), float(data["x"][1])),
        y=(float(data["y"][0]), float(data["y"][1])),
        series=tuple(Series(**each) for each in data["series"]) if "series" in data else None,
        behind=(behind["x"], behind["y"]) if behind else None,
        sky=(sky["x"], sky["y"]) if sky else None,
        **own,
        **more,
    )
