"""From the checks of an execution block to what is wrong with it: one finding for one cause."""

from .diagnose import diagnose
from .model import Finding, Severity
from .symptoms import Told

__all__ = ["Finding", "Severity", "Told", "diagnose"]
