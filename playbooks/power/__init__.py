"""Power: the ways to switch a machine off and on."""
