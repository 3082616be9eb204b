"""Probing: what the configuration wants looked at."""
