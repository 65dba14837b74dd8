"""From the metadata of an EB to its scriptForCalibration.py."""

from .fluxes import GivenFlux, parse_flux
from .folder import with_tables, write_new
from .metadata import Metadata
from .plan import CalibrationPlan, Wishes, make_plan
from .site import has_site_generator, run_site_generator
from .write import script_name, script_text, steps_of

__all__ = [
    "CalibrationPlan",
    "GivenFlux",
    "Metadata",
    "Wishes",
    "has_site_generator",
    "make_plan",
    "parse_flux",
    "run_site_generator",
    "script_name",
    "script_text",
    "steps_of",
    "with_tables",
    "write_new",
]
