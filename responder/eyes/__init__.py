"""Eyes: the looks of the daemon, what they make of it, and what is remembered of them."""
