"""What is drawn: curves of tables and visibilities, maps and grids of flags, as JSON for a screen."""
