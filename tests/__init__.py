"""The tests: each folder is a room, each name a sentence."""
