"""From the metadata of an EB to its scriptForCalibration.py."""
