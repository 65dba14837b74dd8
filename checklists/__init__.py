"""What to do: checklists and known issues, data only."""
