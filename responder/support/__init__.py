"""The support procedure at work: what the desk decides, done in transactions of the store."""
