"""Data centre: how the people at the machine are asked to touch it."""
