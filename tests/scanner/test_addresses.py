import socket

import pytest

from scripts.scanner.addresses import AddressRefusedError, is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1"),
        *("255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%lo"),
        *("fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:168.63.129.16", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2001:0:7f00:1::", "ff02::1", "2001:db8::1"),
    ],
)
def test_addresses_that_only_this_network_reaches_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"]
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "::1"])
def test_hosts_are_judged_by_what_they_resolve_to(host):
    with pytest.raises(AddressRefusedError, match="not a public address"):
        resolve(host, 80)


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    def two(*_, **__):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 80)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.1"):
        resolve("feeds.example.com", 80)


@pytest.mark.parametrize("host", ["a" * 300, "a..b", "."])
def test_names_that_are_none_are_an_error_of_the_network(host):
    with pytest.raises(OSError):  # noqa: PT011 - the resolver's own words differ by system
        resolve(host, 80)
