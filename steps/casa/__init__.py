"""Everything that runs inside the CASA process (Python 3.8 and newer)."""
