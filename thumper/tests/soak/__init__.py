"""Soak: a whole installation under everything at once, with restarts of every part, and what must hold afterwards."""
