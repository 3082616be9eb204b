"""The support procedure: whose desk a ticket lies on, and what people do there."""
