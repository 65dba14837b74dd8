"""An ASDM directory, read without CASA."""

from .asdm import Asdm
from .model import Antenna, ExecBlock, Field, Scan, Source, SourceFlux, Subscan, Tsys, Window, WindowKind

__all__ = [
    "Antenna",
    "Asdm",
    "ExecBlock",
    "Field",
    "Scan",
    "Source",
    "SourceFlux",
    "Subscan",
    "Tsys",
    "Window",
    "WindowKind",
]
