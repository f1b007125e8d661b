"""Atoms on the target groups of load balancers."""
