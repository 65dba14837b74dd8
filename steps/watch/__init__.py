"""CASA log and terminal lines to events to known issues."""
