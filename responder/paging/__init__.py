"""Paging: whom to wake, and one file per way to do it."""
