"""Alembic: how yesterday's tables become today's."""
