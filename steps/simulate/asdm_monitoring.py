"""Tables of an ASDM about what was measured beside the data: Tsys, weather, pointing, flags, water."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Tuple

import numpy as np

from .asdm_xml import (
    Row,
    flag,
    interval,
    matrix,
    nanoseconds,
    number,
    reference,
    tag,
    text,
    texts,
    uid_of,
    values,
)
from .model import Block, CalWvr, OnlineFlag, Pointing, SysCal, Weather

__all__ = ["monitoring_tables"]

#: The radiometers' filters, centre and width, Hz.
FILTERS_HZ = ((184.19e9, 0.16e9), (185.25e9, 0.75e9), (186.485e9, 1.25e9), (188.51e9, 2.5e9))
WEATHER_S = 60.0


def monitoring_tables(block: Block) -> Dict[str, List[Row]]:
    """Name of a table -> its rows."""
    stretches = list(dict.fromkeys((each.start_s, each.end_s) for each in block.calwvr))
    return {
        "SysCal": [_syscal(each) for each in block.syscal],
        "Weather": [_weather(block, each) for each in block.weather],
        "Pointing": [
            _pointing(index, each) for index in range(len(block.antennas)) for each in block.pointing
        ],
        "Flag": [_flag(index, each) for index, each in enumerate(block.flags)],
        "CalReduction": [_reduction(block)] if stretches else [],
        "CalData": [_caldata(block, index, each) for index, each in enumerate(stretches)],
        "CalWVR": [_water(block, stretches.index((each.start_s, each.end_s)), each) for each in block.calwvr],
    }


def _spectrum(array: Any) -> str:
    rows = np.asarray(array, dtype=np.float32)
    flat: List[float] = rows.ravel().tolist()
    # Nine digits bring a 32-bit number back bit by bit.
    return matrix(rows.shape, (" ".join(["%.9g"] * len(flat)) % tuple(flat)).split(" "))


def _syscal(each: SysCal) -> Row:
    half_s = each.interval_s / 2
    n_receptors, n_channels = np.shape(each.tsys_k)
    return {
        "timeInterval": interval(each.time_s - half_s, each.time_s + half_s),
        "numReceptor": str(n_receptors),
        "numChan": str(n_channels),
        "trxFlag": flag(False),
        "trxSpectrum": _spectrum(each.trx_k),
        "tskyFlag": flag(False),
        "tskySpectrum": _spectrum(each.tsky_k),
        "tsysFlag": flag(False),
        "tsysSpectrum": _spectrum(each.tsys_k),
        "antennaId": tag("Antenna", each.antenna),
        "feedId": "0",
        "spectralWindowId": tag("SpectralWindow", each.window),
    }


def _weather(block: Block, each: Weather) -> Row:
    return {
        "timeInterval": interval(each.time_s - WEATHER_S / 2, each.time_s + WEATHER_S / 2),
        "pressure": number(each.pressure_pa),
        "relHumidity": number(each.humidity_percent),
        "temperature": number(each.temperature_k),
        "windDirection": number(each.wind_direction_rad),
        "windSpeed": number(each.wind_speed_m_s),
        "dewPoint": number(_dew_point_k(each)),
        "stationId": tag("Station", len(block.antennas)),
    }


def _dew_point_k(each: Weather) -> float:
    """Magnus' formula over water (WMO guide no. 8, annex 4.B)."""
    celsius = each.temperature_k - 273.15
    gamma = math.log(max(each.humidity_percent, 0.1) / 100) + 17.62 * celsius / (243.12 + celsius)
    return 273.15 + 243.12 * gamma / (17.62 - gamma)


def _pointing(antenna: int, each: Pointing) -> Row:
    half_s = each.interval_s / 2
    direction = f"{number(each.azimuth_rad)} {number(each.elevation_rad)}"
    towards, nowhere = f"2 1 2 {direction}", "2 1 2 0.0 0.0"
    return {
        "timeInterval": interval(each.time_s - half_s, each.time_s + half_s),
        "numSample": "1",
        "encoder": towards,
        "pointingTracking": "true",
        "usePolynomials": "false",
        "timeOrigin": str(nanoseconds(each.time_s)),
        "numTerm": "1",
        "pointingDirection": towards,
        "target": towards,
        "offset": nowhere,
        "overTheTop": "false",
        "antennaId": tag("Antenna", antenna),
        "pointingModelId": "0",
    }


def _flag(index: int, each: OnlineFlag) -> Row:
    return {
        "flagId": tag("Flag", index),
        "startTime": str(nanoseconds(each.start_s)),
        "endTime": str(nanoseconds(each.end_s)),
        "reason": text(each.reason),
        "numAntenna": "1",
        "antennaId": values([tag("Antenna", each.antenna)]),
    }


def _reduction(block: Block) -> Row:
    return {
        "calReductionId": tag("CalReduction", 0),
        "numApplied": "0",
        "appliedCalibrations": texts([]),
        "numParam": "0",
        "paramSet": texts([]),
        "numInvalidConditions": "0",
        "invalidConditions": values([]),
        "timeReduced": str(nanoseconds(block.end_s)),
        "messages": "none",
        "software": "casapilot",
        "softwareVersion": "1",
    }


def _caldata(block: Block, index: int, stretch: Tuple[float, float]) -> Row:
    start_s, end_s = stretch
    scans = [
        scan.number
        for scan in block.scans
        if any(each.start_s < end_s and each.end_s > start_s for each in scan.subscans)
    ]
    return {
        "calDataId": tag("CalData", index),
        "startTimeObserved": str(nanoseconds(start_s)),
        "endTimeObserved": str(nanoseconds(end_s)),
        "execBlockUID": reference(uid_of(block.uid), "ASDM"),
        "calDataType": "WVR",
        "calType": "CAL_WVR",
        "numScan": str(len(scans)),
        "scanSet": values(scans),
    }


def _water(block: Block, caldata: int, each: CalWvr) -> Row:
    name = block.antennas[each.antenna].name
    n = len(FILTERS_HZ)
    return {
        "startValidTime": str(nanoseconds(each.start_s)),
        "endValidTime": str(nanoseconds(each.end_s)),
        "wvrMethod": "ATM_MODEL",
        "antennaName": text(name),
        "numInputAntennas": "1",
        "inputAntennaNames": texts([name]),
        "numChan": str(n),
        "chanFreq": values([centre for centre, _ in FILTERS_HZ]),
        "chanWidth": values([width for _, width in FILTERS_HZ]),
        "refTemp": matrix((1, n), [0.0] * n),
        "numPoly": "1",
        "pathCoeff": matrix((1, n, 1), [0.0] * n),
        "polyFreqLimits": values([0.0, 1e12]),
        # About 6.5 m of path for each metre of water.
        "wetPath": values([6.5 * each.water_m]),
        "dryPath": values([0.0]),
        "water": number(each.water_m),
        "calDataId": tag("CalData", caldata),
        "calReductionId": tag("CalReduction", 0),
    }
