"""Runs: playbooks at work, journalled so that no crash repeats what must not be repeated."""
