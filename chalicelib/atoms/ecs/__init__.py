"""Atoms on ECS services."""
