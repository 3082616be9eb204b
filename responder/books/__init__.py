"""Books: the playbooks that a configuration names, read, checked and made ready."""
