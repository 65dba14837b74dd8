"""git: one event, one commit, and read back."""
