"""What customers are told of trouble: who, in whose name, in which words, and what never."""
