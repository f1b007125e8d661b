"""Atoms from outside the library: those declared in YAML, whatever language runs them, and what any added atom must keep to.

A declaration becomes an `Atom` like those of the library, so that nothing behind it needs to know the difference.
"""
