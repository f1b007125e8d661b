"""Atoms of a content directory: empty here, filled with that directory's Python files when a package is made.

`atoms/billing/close.py` of the directory is `chalicelib.content.billing.close`, at build time as on Lambda.
"""
