"""Reduction scripts: parse, edit without loss, lint."""
