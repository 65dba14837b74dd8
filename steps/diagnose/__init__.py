"""From the checks of an execution block to what is wrong with it: one finding for one cause."""
