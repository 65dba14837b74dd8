"""Checklists: TOML to model, facts, item states."""
