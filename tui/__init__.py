"""How it looks: the terminal screens and the command line."""
