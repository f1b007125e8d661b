"""Atoms on RDS databases."""
