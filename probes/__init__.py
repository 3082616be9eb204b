"""Probes: what is true of a server right now."""
