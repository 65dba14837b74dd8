"""An ASDM directory, read without CASA."""
