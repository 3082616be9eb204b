"""Alerts: what is wrong, how badly, and whose desk."""
