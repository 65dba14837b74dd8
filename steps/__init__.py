"""How a reduction is done: MOUS, scripts, CASA, flags, record. Knows no terminal."""
