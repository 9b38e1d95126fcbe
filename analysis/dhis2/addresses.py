"""Which servers may be asked: named by people, checked before any byte leaves this machine. Needs no Django.

A person types an address, and this machine fetches it. Whatever stands inside our own network, or on this machine,
must not be reachable that way, however its name is spelt and whatever the name resolves to.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from analysis.core.errors import BadInput

PORTS = (443, 8443)
LONGEST = 500
# Of an address copied from a browser: what a DHIS2 serves below its own path.
_PAGES = re.compile(r"/(api|dhis-web-[\w-]+|apps|login)(/.*)?$")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
# Not of one machine on the public internet although some versions of Python count them so; among them the addresses
# at which clouds tell a machine its secrets.
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in ("100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)  # fmt: skip
# All that is handed out of IPv6; what only carries an IPv4 address lies outside, or above.
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Policy:
    """What whoever runs this installation allows.

    `hosts`: the only hosts that may be asked; none named means any public one. `trusted`: origins such as
    ``http://10.0.0.7:8080`` that are vouched for, whatever their scheme, port and network.
    """

    hosts: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    ports: tuple[int, ...] = PORTS


@dataclass(frozen=True)
class Address:
    """Where a DHIS2 answers. `path` begins with / or is empty."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{name}" + ("" if self.port == usual else f":{self.port}")

    def __str__(self) -> str:
        return self.origin + self.path


def read_address(text: str, policy: Policy) -> Address:
    """The address of a DHIS2 as a person typed or copied it.

    Raises
    ------
    BadInput
        When it can't be read, or must not be asked. Nothing is looked up or connected to here.
    """
    given = text.strip()
    if len(given) > LONGEST or any(letter.isspace() or not letter.isprintable() for letter in given):
        raise _unreadable()
    try:
        parts = urlsplit(given if "//" in given else f"https://{given}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:
        raise _unreadable() from None
    if parts.scheme not in ("https", "http") or not (_HOST.fullmatch(host) or _literal(host)):
        raise _unreadable()
    if parts.username or parts.password:
        raise BadInput("dhis2_address", "The address can't be used", "The address holds a user name or a password.",
                       "Leave them out of the address; there are fields of their own for them.", where="address")  # fmt: skip
    path = _PAGES.sub("", re.sub(r"/+", "/", parts.path)).rstrip("/")
    if not re.fullmatch(r"(/[\w.~-]+)*", path) or "/.." in path:
        raise _unreadable()
    address = Address(parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], path)
    refuse(address, policy)
    return address


def refuse(address: Address, policy: Policy) -> None:
    """Raise `BadInput` for a host, scheme or port that must not be asked."""
    if address.origin in policy.trusted:
        return
    if policy.hosts and address.host not in policy.hosts:
        raise BadInput("dhis2_host_not_allowed", "This server may not be asked",
                       f"This installation does not ask {address.host}.", "Ask whoever runs it to allow the server.",
                       where="address", examples=sorted(policy.hosts))  # fmt: skip
    if address.scheme != "https":
        raise BadInput("dhis2_not_encrypted", "The server must be asked over https",
                       "Over http anybody on the way could read your token.", "Use the address that begins with https://.",
                       where="address")  # fmt: skip
    if address.port not in policy.ports:
        ports = " and ".join(map(str, policy.ports))
        raise BadInput("dhis2_port", "This port may not be asked", f"Only the ports {ports} are asked.",
                       "Use the address that people open in a browser.", where="address")  # fmt: skip
    if (literal := _literal(address.host)) is not None and not is_public(literal):
        raise not_public()


def checked_addresses(host: str, port: int, resolve: Resolve) -> list[str]:
    """The addresses of a name, all of them public; one that is not spoils the rest.

    Raises
    ------
    BadInput
        When any address lies in a network that is not the public one.
    OSError
        When the name can't be resolved.
    """
    found = list(dict.fromkeys(resolve(host, port)))
    if not found:
        raise OSError("the name has no address")
    for one in found:
        if not is_public(ipaddress.ip_address(one.partition("%")[0])):
            raise not_public()
    return found


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address belongs to the public internet and to one machine there."""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    return not any(address in network for network in _REFUSED if network.version == address.version)


def not_public() -> BadInput:
    return BadInput("dhis2_not_public", "This server may not be asked",
                    "The address leads into a network that is not the public internet.",
                    "Use the public address of the server, or ask whoever runs this installation to allow it.",
                    where="address")  # fmt: skip


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unreadable() -> BadInput:
    return BadInput("dhis2_address", "The address can't be used", "This is not the address of a server.",
                    "Copy it from your browser, such as https://dhis2.example.org/dhis.", where="address")  # fmt: skip
