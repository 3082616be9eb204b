"""Emulators: small real servers that behave like the outside, for tests and for the demo."""
