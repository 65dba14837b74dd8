"""Plots as characters: curves that `casa/curves/` answered with, drawn for a terminal of any size."""
