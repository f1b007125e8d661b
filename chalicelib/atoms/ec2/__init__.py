"""Atoms on EC2 instances."""
