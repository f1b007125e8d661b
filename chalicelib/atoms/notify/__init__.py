"""Atoms that tell people."""
