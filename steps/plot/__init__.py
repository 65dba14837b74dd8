"""Plots as characters: curves that `casa/curves.py` answered with, drawn for a terminal of any size."""
