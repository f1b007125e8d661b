"""Atoms that read CloudWatch."""
