"""Shifts as calendars for people's phones, and people's calendars as absences."""
