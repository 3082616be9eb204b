"""What a customer's message asks for: deterministic rules over words of ten languages (pure)."""
