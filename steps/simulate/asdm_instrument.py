"""Tables of an ASDM about what observed: antennas, windows, processors and how they were set up."""

from __future__ import annotations

from typing import Dict, List, Tuple

from .asdm_xml import Row, flag, interval, matrix, nanoseconds, number, tag, tags, text, texts, values
from .model import Antenna, Block, Setup, Window

__all__ = ["STATES", "WEATHER_STATION", "instrument_tables", "setup_windows", "state_of"]

#: (calibration device, signal, on the sky) of each row of the State table.
STATES = (
    ("NONE", True, True),
    ("NONE", False, True),
    ("AMBIENT_LOAD", False, False),
    ("HOT_LOAD", False, False),
)
WEATHER_STATION = "MeteoTB2"
MAKES = {
    "DA": "AEM_12",
    "DV": "VERTEX_12",
    "PM": "MITSUBISHI_12_A",
    "CM": "MITSUBISHI_7",
}
#: LO1 is this far below the middle of the windows, Hz. Not ALMA-like: no real tuning is looked for.
LO1_BELOW_HZ = 6e9


def state_of(intent: str) -> int:
    """Row of the State table for a subscan intent."""
    return {"OFF_SOURCE": 1, "AMBIENT": 2, "HOT": 3}.get(intent, 0)


def setup_windows(block: Block, setup: Setup) -> List[Window]:
    """The windows of a setup in the order of its data: by baseband, then by number."""
    found = [window for window in block.windows if window.number in setup.windows]
    return sorted(found, key=lambda window: (window.baseband, window.number))


def instrument_tables(block: Block) -> Dict[str, List[Row]]:
    """Name of a table -> its rows."""
    products = _polarisations(block)
    return {
        "Antenna": [_antenna(block, index, each) for index, each in enumerate(block.antennas)],
        "Station": _stations(block),
        "SpectralWindow": [_window(each) for each in _by_number(block)],
        "Polarization": [_polarisation(index, each) for index, each in enumerate(products)],
        "DataDescription": [_description(each, products) for each in _by_number(block)],
        "CorrelatorMode": [_correlator(block, each) for each in block.setups if each.kind == "correlator"],
        "AlmaRadiometer": [
            {"almaRadiometerId": tag("AlmaRadiometer", each.number)}
            for each in block.setups
            if each.kind == "radiometer"
        ],
        "Processor": [_processor(each) for each in block.setups],
        "SwitchCycle": [_no_switching()],
        "State": [_state(index) for index in range(len(STATES))],
        "Feed": [
            _feed(block, index, window)
            for index in range(len(block.antennas))
            for window in _by_number(block)
        ],
        "Receiver": [_receiver(block, each) for each in _by_number(block)],
        "ConfigDescription": [_config(block, each) for each in block.setups],
        "PointingModel": [_pointing_model(block, index) for index in range(len(block.antennas))],
    }


def _by_number(block: Block) -> List[Window]:
    return sorted(block.windows, key=lambda window: window.number)


def _polarisations(block: Block) -> List[Tuple[str, ...]]:
    return list(dict.fromkeys(window.products for window in _by_number(block)))


def _antenna(block: Block, index: int, antenna: Antenna) -> Row:
    return {
        "antennaId": tag("Antenna", index),
        "name": text(antenna.name),
        "antennaMake": MAKES.get(antenna.name[:2], "UNDEFINED"),
        "antennaType": "GROUND_BASED",
        "dishDiameter": number(antenna.diameter_m),
        # Not ALMA-like: the station carries the whole position; a real antenna is metres above its pad.
        "position": values([0.0, 0.0, 0.0]),
        "offset": values([0.0, 0.0, 0.0]),
        "time": str(nanoseconds(block.start_s)),
        "stationId": tag("Station", index),
    }


def _stations(block: Block) -> List[Row]:
    rows = [
        _station(index, each.pad, each.position_m, "ANTENNA_PAD") for index, each in enumerate(block.antennas)
    ]
    # Where the real one stands, near the centre of the array.
    return [*rows, _station(len(rows), WEATHER_STATION, _centre(block), "WEATHER_STATION")]


def _station(index: int, name: str, position_m: Tuple[float, float, float], kind: str) -> Row:
    return {
        "stationId": tag("Station", index),
        "name": text(name),
        "position": values([number(each) for each in position_m]),
        "type": kind,
    }


def _centre(block: Block) -> Tuple[float, float, float]:
    x, y, z = (
        sum(antenna.position_m[axis] for antenna in block.antennas) / len(block.antennas) for axis in range(3)
    )
    return x, y, z


def _sideband(window: Window) -> str:
    if window.kind == "wvr":
        return "NOSB"
    return "USB" if window.step_hz > 0 else "LSB"


def _window(window: Window) -> Row:
    n, width = window.n_channels, abs(window.step_hz)
    row = {
        "spectralWindowId": tag("SpectralWindow", window.number),
        "basebandName": f"BB_{window.baseband}" if window.baseband else "NOBB",
        "netSideband": _sideband(window),
        "numChan": str(n),
        "refFreq": number(window.first_hz),
        "sidebandProcessingMode": "NONE",
        "windowFunction": "UNIFORM" if window.kind == "wvr" else "HANNING",
        "freqGroup": "1",
        "freqGroupName": "1",
        "measFreqRef": "TOPO",
        "name": text(window.name),
        "oversampling": "false",
        "quantization": "true",
        "refChan": "0.0",
    }
    if window.kind == "wvr":
        return {**row, **_radiometer_channels(n)}
    return {
        **row,
        "totBandwidth": number(n * width),
        "chanFreqStart": number(window.first_hz),
        "chanFreqStep": number(window.step_hz),
        "chanWidth": number(width),
        "effectiveBw": number(width),
        "resolution": number(width),
    }


def _radiometer_channels(n_channels: int) -> Dict[str, str]:
    """The four double-sideband filters beside the 183.31 GHz line of water."""
    centres = (184.19e9, 185.25e9, 186.485e9, 188.51e9)[:n_channels]
    widths = values((0.16e9, 0.75e9, 1.25e9, 2.5e9)[:n_channels])
    return {
        "totBandwidth": number(4.66e9),
        "chanFreqArray": values(centres),
        "chanWidthArray": widths,
        "effectiveBwArray": widths,
        "resolutionArray": widths,
    }


def _polarisation(index: int, products: Tuple[str, ...]) -> Row:
    pairs = ["X X" if each == "I" else " ".join(each) for each in products]
    return {
        "polarizationId": tag("Polarization", index),
        "numCorr": str(len(products)),
        "corrType": values(products),
        "corrProduct": matrix((len(products), 2), pairs),
    }


def _description(window: Window, products: List[Tuple[str, ...]]) -> Row:
    return {
        "dataDescriptionId": tag("DataDescription", window.number),
        "polOrHoloId": tag("Polarization", products.index(window.products)),
        "spectralWindowId": tag("SpectralWindow", window.number),
    }


def _correlator(block: Block, setup: Setup) -> Row:
    names = [f"BB_{each}" for each in dict.fromkeys(w.baseband for w in setup_windows(block, setup))]
    return {
        "correlatorModeId": tag("CorrelatorMode", setup.number),
        "numBaseband": str(len(names)),
        "basebandNames": values(names),
        "basebandConfig": values([0] * len(names)),
        "accumMode": "NORMAL",
        "binMode": "1",
        "numAxes": "4",
        "axesOrderArray": values(["BAL", "BAB", "SPP", "POL"]),
        "filterMode": values(["FILTER_TFB"] * len(names)),
        "correlatorName": "ALMA_ACA" if block.array == "7m" else "ALMA_BASELINE",
    }


def _processor(setup: Setup) -> Row:
    correlator = setup.kind == "correlator"
    return {
        "processorId": tag("Processor", setup.number),
        "modeId": tag("CorrelatorMode" if correlator else "AlmaRadiometer", setup.number),
        "processorType": "CORRELATOR" if correlator else "RADIOMETER",
        "processorSubType": "ALMA_CORRELATOR_MODE" if correlator else "ALMA_RADIOMETER",
    }


def _no_switching() -> Row:
    return {
        "switchCycleId": tag("SwitchCycle", 0),
        "numStep": "1",
        "weightArray": values([1.0]),
        "dirOffsetArray": matrix((1, 2), [0.0, 0.0]),
        "freqOffsetArray": values([0.0]),
        "stepDurationArray": values([0]),
    }


def _state(index: int) -> Row:
    device, signal, sky = STATES[index]
    return {
        "stateId": tag("State", index),
        "calDeviceName": device,
        "sig": flag(signal),
        "ref": flag(not signal and sky),
        "onSky": flag(sky),
        "weight": "1.0" if sky else "0.0",
    }


def _feed(block: Block, antenna: int, window: Window) -> Row:
    return {
        "feedId": "0",
        "timeInterval": interval(block.start_s, block.end_s),
        "numReceptor": "2",
        "beamOffset": matrix((2, 2), [0.0] * 4),
        "focusReference": matrix((2, 3), [0.0] * 6),
        "polarizationTypes": values(["X", "Y"]),
        "polResponse": matrix((2, 2), ["1.0 0.0", "0.0 0.0", "0.0 0.0", "1.0 0.0"]),
        "receptorAngle": values([0.0, 0.0]),
        "antennaId": tag("Antenna", antenna),
        "receiverId": values([0]),
        "spectralWindowId": tag("SpectralWindow", window.number),
    }


def _receiver(block: Block, window: Window) -> Row:
    radiometer = window.kind == "wvr"
    sidebands = ["DSB"] if radiometer else ["LSB", "USB"]
    return {
        "receiverId": "0",
        "timeInterval": interval(block.start_s, block.end_s),
        "name": "WVR" if radiometer else f"ALMA_RB_{block.band:02d}",
        "numLO": str(len(sidebands)),
        "frequencyBand": "ALMA_RB_05" if radiometer else f"ALMA_RB_{block.band:02d}",
        "freqLO": values([183.31e9] if radiometer else [_lo1_hz(block), LO1_BELOW_HZ]),
        "receiverSideband": "DSB" if radiometer else "TSB",
        "sidebandLO": values(sidebands),
        "spectralWindowId": tag("SpectralWindow", window.number),
    }


def _lo1_hz(block: Block) -> float:
    """Between the sidebands, or below the windows where they are all in one."""
    found = [window for window in block.windows if window.kind != "wvr"]
    middles = [window.first_hz + window.step_hz * (window.n_channels - 1) / 2 for window in found]
    low, high = min(middles), max(middles)
    return (low + high) / 2 if high - low > LO1_BELOW_HZ else low - LO1_BELOW_HZ


def _config(block: Block, setup: Setup) -> Row:
    correlator = setup.kind == "correlator"
    n_antennas, windows = len(block.antennas), setup_windows(block, setup)
    return {
        "configDescriptionId": tag("ConfigDescription", setup.number),
        "numAntenna": str(n_antennas),
        "numDataDescription": str(len(windows)),
        "numFeed": "1",
        "correlationMode": "CROSS_AND_AUTO" if correlator else "AUTO_ONLY",
        "numAtmPhaseCorrection": "1",
        "atmPhaseCorrection": values(["AP_UNCORRECTED"]),
        "processorType": "CORRELATOR" if correlator else "RADIOMETER",
        "spectralType": "FULL_RESOLUTION" if correlator else "BASEBAND_WIDE",
        "antennaId": tags("Antenna", range(n_antennas)),
        "dataDescriptionId": tags("DataDescription", [window.number for window in windows]),
        "feedId": values([0] * n_antennas),
        "processorId": tag("Processor", setup.number),
        "switchCycleId": tags("SwitchCycle", [0] * len(windows)),
    }


def _pointing_model(block: Block, antenna: int) -> Row:
    return {
        "pointingModelId": "0",
        "numCoeff": "1",
        "coeffName": texts(["IA"]),
        "coeffVal": values([0.0]),
        "polarizationType": "X",
        "receiverBand": f"ALMA_RB_{block.band:02d}",
        "assocNature": "ON",
        "antennaId": tag("Antenna", antenna),
        "assocPointingModelId": "0",
    }
