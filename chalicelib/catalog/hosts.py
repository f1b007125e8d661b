"""Which hosts an allow-list names."""

from collections.abc import Collection


def match_host(host: str, allowed: Collection[str]) -> bool:
    """Whether a host is listed, or lies below one that is listed as `*.example.com`."""
    parents = (host.split(".", at)[-1] for at in range(1, host.count(".") + 1))
    return host in allowed or any(f"*.{parent}" in allowed for parent in parents)
