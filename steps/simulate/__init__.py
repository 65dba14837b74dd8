"""A synthetic ALMA MOUS as ASDM directories, with the truth beside it."""
