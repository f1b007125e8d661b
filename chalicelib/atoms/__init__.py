"""Atoms: what Interlock can do, one typed and idempotent action or observation a file."""
