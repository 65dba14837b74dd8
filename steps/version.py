"""The version of casapilot: that of pyproject.toml, which takes long to ask for when it is installed."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
