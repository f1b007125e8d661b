"""IP addresses as AWS's matcher sees them: a string of hex digits, compared from the left.

`ipaddress` is loaded with the first address that is read: few rules have one, and each cold start would pay for it.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ipaddress

_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_BITS = {4: 32, 6: 128}
_MAX_OCTET = 255
_DOTS = 3
_HEX = {str(octet): f"{octet:02x}" for octet in range(_MAX_OCTET + 1)}


def read_digits(text: str) -> str:
    """Give the 8 or 32 hex digits of an address literal, the empty string for any other text."""
    if ":" in text:
        address = _read_address(text)
        return "" if address is None else address.packed.hex()
    if text.count(".") != _DOTS:
        return ""
    one, two, three, four = text.split(".")
    try:
        return _HEX[one] + _HEX[two] + _HEX[three] + _HEX[four]
    except KeyError:  # leading zeros, or no address
        octets = _read_octets(text)
        return "" if octets is None else octets.hex()


def read_block(text: str) -> tuple[str, str]:
    """Give the digits of the first and last address of a CIDR block; host bits may be set. Raises ValueError."""
    literal, slash, mask = text.partition("/")
    if not slash or "/" in mask:
        raise ValueError("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", mask):
        raise ValueError("Malformed CIDR, mask bits must be an integer")
    if int(mask) < 0:
        raise ValueError("Malformed CIDR, mask bits must not be negative")
    address = _read_address(literal)
    if address is None:
        raise ValueError(f"Nonstandard IP address: {literal}")
    bits = _BITS[address.version]
    if int(mask) >= bits:
        raise ValueError(f"IPv{address.version} mask bits must be < {bits}")
    from ipaddress import ip_network  # noqa: PLC0415 - see the module's docstring

    block = ip_network(f"{address}/{int(mask)}", strict=False)
    return block[0].packed.hex(), block[-1].packed.hex()


def lies_between(digits: str, first: str, last: str) -> bool:
    """Whether an address lies in a range, both ends included, whatever the versions of the two.

    AWS compares digit by digit and stops at the first difference, so a range of one version takes addresses of the
    other that begin with the same digits.
    """
    length = min(len(digits), len(first))
    head = digits[:length]
    if not head:
        return False
    if first[:length] < head < last[:length]:
        return True
    return length == len(first) and head in {first, last}


def _read_address(text: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    """Read a literal: leading zeros are decimal, and IPv4 inside IPv6 is IPv4."""
    from ipaddress import IPv4Address, IPv6Address  # noqa: PLC0415 - see the module's docstring

    octets = _read_octets(text)
    if octets is not None:
        return IPv4Address(octets)
    if _IPV6.fullmatch(text):
        try:
            address = IPv6Address(text)
        except ValueError:
            return None
        return address.ipv4_mapped or address
    return None


def _read_octets(text: str) -> bytes | None:
    if not _IPV4.fullmatch(text):
        return None
    octets = [int(part) if len(part) <= len("000255") else _MAX_OCTET + 1 for part in text.split(".")]
    return None if max(octets) > _MAX_OCTET else bytes(octets)
