"""Atoms that speak HTTPS."""
