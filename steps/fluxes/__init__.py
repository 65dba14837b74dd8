"""Flux densities of calibrators: the ALMA catalogue's, those given by hand, and what they are used for."""

from .book import FILE, FluxBook
from .catalogue import Addresses, Catalogue, addresses
from .compare import LARGE_PERCENT, Difference
from .dates import date_of_mjd, parse_date, stamp, today
from .given import parse_given
from .lookup import Answer, look_up
from .model import Failure, Flux, Origin, Question, Trouble, at_frequency, conditions, worries
from .names import first_alias, same_source
from .table import FLUX_CSV, CsvRow, update_table

__all__ = [
    "FILE",
    "FLUX_CSV",
    "LARGE_PERCENT",
    "Addresses",
    "Answer",
    "Catalogue",
    "CsvRow",
    "Difference",
    "Failure",
    "Flux",
    "FluxBook",
    "Origin",
    "Question",
    "Trouble",
    "addresses",
    "at_frequency",
    "conditions",
    "date_of_mjd",
    "first_alias",
    "look_up",
    "parse_date",
    "parse_given",
    "same_source",
    "stamp",
    "today",
    "update_table",
    "worries",
]
