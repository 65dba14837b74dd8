"""Asks the Python that has CASA for the curves of a table."""

from __future__ import annotations

from ...steps.run.plotting import ask_once as ask

__all__ = ["ask"]
