"""The conductor: one item from request to commit."""
