"""Responder: the daemon that keeps its head."""
