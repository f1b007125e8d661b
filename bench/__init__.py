"""Benchmarks. Each prints its figures as JSON: counts, and ratios within one run, since absolute times here are noise."""
