"""Actions: what a step of a playbook can do."""
