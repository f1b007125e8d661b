"""Atoms on Auto Scaling groups and their hosts."""
