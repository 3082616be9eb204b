"""Major incidents: who leads, when customers hear next, what belongs together, and the review."""
