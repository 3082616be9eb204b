"""Who is on call when: turns by the wall clock, what people changed, what is coming."""
