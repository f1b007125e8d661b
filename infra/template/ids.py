"""Logical ids: what CloudFormation calls a resource. One that changes is another resource, so they come from names."""

import re

from chalicelib.identity import digest


def make_id(kind: str, name: str) -> str:
    """Name a resource after what it is for; the hash keeps `a.b` and `a_b` apart."""
    words = re.split(r"[^a-zA-Z0-9]+", name)
    return kind + "".join(word[:1].upper() + word[1:] for word in words) + digest([name], 6)
