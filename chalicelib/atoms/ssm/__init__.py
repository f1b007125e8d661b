"""Atoms on hosts through Systems Manager, and on its parameters."""
