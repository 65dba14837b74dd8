"""Defects by name."""

from __future__ import annotations

NAMES = ("quack",)
TYPICAL = ("quack",)
