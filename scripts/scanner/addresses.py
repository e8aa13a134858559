"""Which network addresses a feed may be fetched from.

A feed's URL, or a redirect of it, must not make the scanner read what only this machine or its
network can reach: loopback, private networks, a cloud's metadata service.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

# Public by number, but answered by the machine's own cloud: Azure's wire server.
_CLOUD = {ip_address("168.63.129.16")}
# Prefixes that carry an IPv4 address, or a private one's like, inside an IPv6 one.
_TUNNELS = [ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]

# Family, and what socket.connect takes in it.
Address = tuple[socket.AddressFamily, tuple[Any, ...]]


class AddressRefusedError(Exception):
    """A host is, or resolves to, an address that feeds may not be fetched from."""


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet.

    >>> is_public("169.254.169.254"), is_public("::ffff:127.0.0.1"), is_public("1.1.1.1")
    (False, False, True)
    """
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address in _CLOUD or address.is_multicast or not address.is_global:
        return False
    return not any(address in tunnel for tunnel in _TUNNELS)


def resolve(host: str, port: int, *, allow_private: bool = False) -> list[Address]:
    """Addresses to connect to, checked: connect to these, never to the name again.

    Args:
        host: Name or address.
        port: TCP port.
        allow_private: Take any address.

    Raises:
        AddressRefusedError: any of the addresses is not public.
        OSError: the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        message = f"{host!r} is no host name"
        raise OSError(message) from error
    addresses: list[Address] = []
    for family, _, _, _, address in found:
        if not allow_private and not is_public(str(address[0])):
            message = f"{host} is {address[0]}, which is not a public address"
            raise AddressRefusedError(message)
        if family in (socket.AF_INET, socket.AF_INET6):
            addresses.append((family, address))
    return addresses
