"""Playbooks: what we do about it."""
