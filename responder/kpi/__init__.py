"""Reaction, useful response, satisfaction, share solved at level 1, and their metrics."""
