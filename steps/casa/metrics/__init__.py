"""The numbers that checks ask for, a module for each thing that is measured; `measure` is the way in."""
