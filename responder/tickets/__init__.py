"""Tickets: one file per ticket system, and the list of them."""
