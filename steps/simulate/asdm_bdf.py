"""The binary data of an ASDM: one file for each subscan and setup (binary data format, version 2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

import numpy as np

from .asdm_xml import nanoseconds
from .model import Window

__all__ = ["Stretch", "write_correlator", "write_radiometers"]

NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns="http://Alma/XASDM/sdmbin"'
)
FLAG_BYTES = 4
END_OF_SUBSET = b"--MIME_boundary-2--\n"


@dataclass(frozen=True)
class Stretch:
    """What a binary file is about."""

    uid: str
    """Its own, uid://A002/X1/X9."""
    block_uid: str
    scan: int
    subscan: int
    start_s: float
    integration_s: float
    n_antennas: int


def write_correlator(
    path: Path, stretch: Stretch, windows: Sequence[Window], cross: Dict[int, Any], auto: Dict[int, Any]
) -> int:
    """Write the spectra of a subscan, an integration at a time.

    Parameters
    ----------
    path : Path
        File to write.
    stretch : Stretch
        What it is about.
    windows : sequence of Window
        Its windows by baseband, in the order of its data descriptions.
    cross, auto : dict
        As `Block.cross` and `Block.auto` give them.

    Returns
    -------
    int
        Size of the file, bytes.
    """
    crossed = _joined([cross[window.number] for window in windows], np.complex64)
    alone = _joined([auto[window.number] for window in windows], np.float32)
    _, n_baselines, n_cross = crossed.shape
    n_products = sum(len(window.products) for window in windows)
    n_flags = (n_baselines + stretch.n_antennas) * n_products
    attachments = (
        _attachment("flags", n_flags, "BAL ANT BAB POL"),
        _attachment("crossData", n_baselines * n_cross * 2, "BAL BAB SPP POL"),
        _attachment("autoData", alone[0].size, "ANT BAB SPP POL", ' normalized="true"'),
    )
    struct = _struct(
        'xsi:type="CrossAndAutoDataFullResolution" apc="AP_UNCORRECTED"',
        _basebands(windows) + "".join(attachments),
    )
    header = _header(stretch, '<dimensionality axes="TIM">1</dimensionality>', "CROSS_AND_AUTO", struct)
    begin = _begin(stretch, "Correlator", header)
    return _write(path, chain((begin,), _integrations(stretch, crossed, alone, bytes(n_flags * FLAG_BYTES))))


def _integrations(stretch: Stretch, crossed: Any, alone: Any, flags: bytes) -> Iterator[bytes]:
    named = (("flags", ""), ("crossData", ' type="FLOAT32_TYPE"'), ("autoData", ""))
    for index in range(len(crossed)):
        place = f"{_project(stretch)}{index + 1}/"
        middle_s = stretch.start_s + (index + 0.5) * stretch.integration_s
        yield _subset(place, middle_s, stretch.integration_s, named)
        yield from _binary(f"{place}flags.bin", flags)
        yield from _binary(f"{place}crossData.bin", crossed[index].tobytes())
        yield from _binary(f"{place}autoData.bin", alone[index].tobytes())
        yield END_OF_SUBSET


def write_radiometers(path: Path, stretch: Stretch, data: Any) -> int:
    """Write the water vapour radiometers' temperatures of a subscan, all times packed in one subset.

    Parameters
    ----------
    path : Path
        File to write.
    stretch : Stretch
        What it is about; `integration_s` is the radiometers'.
    data : array, shape (n_times, n_antennas, n_chan, 1), K
        The temperatures.

    Returns
    -------
    int
        Size of the file, bytes.
    """
    values = np.ascontiguousarray(data, dtype="<f4")
    n_times, n_antennas, n_channels = values.shape[:3]
    n_flags = n_times * n_antennas
    window = (
        '<baseband name="NOBB"><spectralWindow sw="1" swbb="NOBB" sdPolProducts="I" scaleFactor="1" '
        f'numSpectralPoint="{n_channels}" numBin="1" sideband="NOSB"/></baseband>\n'
    )
    struct = _struct(
        'xsi:type="AutoDataOnly"',
        window
        + _attachment("flags", n_flags, "TIM ANT")
        + _attachment("autoData", values.size, "TIM ANT SPP", ' normalized="true"'),
    )
    header = _header(stretch, f"<numTime>{n_times}</numTime>", "AUTO_ONLY", struct, "RADIOMETER")
    # Packed data have no number of an integration in their path: importasdm drops the row where it is there.
    place = _project(stretch)
    length_s = n_times * stretch.integration_s
    named = (("flags", ""), ("autoData", ""))
    parts = (
        _begin(stretch, "Radiometers", header),
        _subset(place, stretch.start_s + length_s / 2, length_s, named),
        *_binary(f"{place}flags.bin", bytes(n_flags * FLAG_BYTES)),
        *_binary(f"{place}autoData.bin", values.tobytes()),
        END_OF_SUBSET,
    )
    return _write(path, parts)


def _joined(arrays: Sequence[Any], kind: Any) -> Any:
    """(n_integrations, n_baselines or n_antennas, all windows' channels and products), little endian."""
    flat = [np.asarray(each).reshape(each.shape[0], each.shape[1], -1) for each in arrays]
    joined = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=2)
    return np.ascontiguousarray(joined, dtype=np.dtype(kind).newbyteorder("<"))


def _basebands(windows: Sequence[Window]) -> str:
    found: Dict[int, List[Window]] = {}
    for window in windows:
        found.setdefault(window.baseband, []).append(window)
    return "".join(_baseband(number, members) for number, members in found.items())


def _baseband(number: int, members: Sequence[Window]) -> str:
    lines = [f'<baseband name="BB_{number}">']
    for index, window in enumerate(members):
        products = " ".join(window.products)
        lines.append(
            f'<spectralWindow sw="{index + 1}" swbb="BB_{number}" crossPolProducts="{products}" '
            f'sdPolProducts="{products}" scaleFactor="1" numSpectralPoint="{window.n_channels}" numBin="1" '
            f'sideband="{"USB" if window.step_hz > 0 else "LSB"}"/>'
        )
    return "".join([*lines, "</baseband>\n"])


def _attachment(name: str, size: int, axes: str, more: str = "") -> str:
    return f'<{name} size="{size}" axes="{axes}"{more}/>\n'


def _struct(attributes: str, content: str) -> str:
    return f"<dataStruct {attributes}>\n{content}</dataStruct>\n"


def _project(stretch: Stretch) -> str:
    return f"1/{stretch.scan}/{stretch.subscan}/"


def _header(stretch: Stretch, times: str, mode: str, struct: str, processor: str = "CORRELATOR") -> str:
    resolution = "FULL_RESOLUTION" if processor == "CORRELATOR" else "BASEBAND_WIDE"
    return (
        f'<sdmDataHeader {NAMESPACES} byteOrder="Little_Endian" schemaVersion="2" '
        f'projectPath="{_project(stretch)}">\n'
        f"<startTime>{nanoseconds(stretch.start_s)}</startTime>\n"
        f'<dataOID xlink:type="locator" xlink:href="{stretch.uid}" xlink:title="simulated data"/>\n'
        f"{times}\n"
        f'<execBlock xlink:href="{stretch.block_uid}"/>\n'
        f"<numAntenna>{stretch.n_antennas}</numAntenna>\n"
        f"<correlationMode>{mode}</correlationMode>\n"
        f"<spectralResolution>{resolution}</spectralResolution>\n"
        f"<processorType>{processor}</processorType>\n"
        f"{struct}</sdmDataHeader>\n"
    )


def _begin(stretch: Stretch, description: str, header: str) -> bytes:
    return (
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="MIME_boundary-1"; type="text/xml"\n'
        f"Content-Description: {description}\n"
        f"Content-Location: {stretch.uid}\n\n"
        "--MIME_boundary-1\nContent-Type: text/xml; charset=utf-8\nContent-Location: desc.xml\n\n"
        f'<?xml version="1.0" encoding="utf-8"?>\n{header}'
    ).encode()


def _subset(place: str, middle_s: float, length_s: float, named: Sequence[Tuple[str, str]]) -> bytes:
    links = "".join(f'<{name} xlink:href="{place}{name}.bin"{more}/>\n' for name, more in named)
    return (
        '--MIME_boundary-1\nContent-Type: multipart/related; boundary="MIME_boundary-2"; type="text/xml"\n'
        "Content-Description: Data subset\n\n"
        f"--MIME_boundary-2\nContent-Type: text/xml; charset=utf-8\nContent-Location: {place}desc.xml\n\n"
        f'<?xml version="1.0" encoding="utf-8"?>\n<sdmDataSubsetHeader {NAMESPACES} projectPath="{place}">\n'
        f"<schedulePeriodTime><time>{nanoseconds(middle_s)}</time>"
        f"<interval>{nanoseconds(length_s)}</interval></schedulePeriodTime>\n"
        f'<dataStruct ref="sdmDataHeader"/>\n{links}</sdmDataSubsetHeader>\n'
    ).encode()


def _binary(place: str, content: bytes) -> Tuple[bytes, bytes, bytes]:
    head = f"--MIME_boundary-2\nContent-Type: application/octet-stream\nContent-Location: {place}\n\n"
    return head.encode(), content, b"\n"


def _write(path: Path, parts: Iterable[bytes]) -> int:
    with path.open("wb") as file:
        file.writelines(parts)
        file.write(b"--MIME_boundary-1--\n")
        return file.tell()
