"""Demo: the story that make demo tells."""
