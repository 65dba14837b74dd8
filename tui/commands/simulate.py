"""Coming."""

from __future__ import annotations

import argparse

from ...steps.errors import UsageError

__all__ = ["configure", "main"]


def configure(parser: argparse.ArgumentParser) -> None:
    pass


def main(args: argparse.Namespace) -> int:
    raise UsageError("not there yet")
