"""The folder of a MOUS on disk."""
