"""One guarded connection to a DHIS2: its address checked and held, every answer bounded. Needs no Django.

The name is resolved once, every address it has is checked, and all connections go to a checked one: a name that
resolves to something else a moment later changes nothing. Certificates are held against the name.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore2 as httpcore

from analysis.core.errors import BadInput
from analysis.dhis2.addresses import Address, Policy, Resolve, checked_addresses, refuse
from analysis.dhis2.login import Login

Query = Sequence[tuple[str, str]]
REDIRECTS = 3
RETRIED = (429, 500, 502, 503, 504)
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Limits:
    """What one import may cost. `silence_seconds`: without a byte; `answer_seconds`: for one whole answer."""

    connect_seconds: float = 10
    silence_seconds: float = 60
    answer_seconds: float = 180
    answer_bytes: int = 64 << 20
    total_bytes: int = 512 << 20
    total_seconds: float = 780
    tries: int = 4
    first_pause_seconds: float = 1
    longest_pause_seconds: float = 60
    pages: int = 500


@dataclass
class Spent:
    requests: int = 0
    bytes: int = 0
    repeated: int = 0


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine sees them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


class Server:
    """A DHIS2 that is asked. `looking` is called about once a second while it is waited for; it may raise."""

    def __init__(
        self,
        address: Address,
        login: Login,
        policy: Policy,
        limits: Limits | None = None,
        *,
        looking: Callable[[], None] = lambda: None,
        resolve: Resolve = system_resolve,
    ) -> None:
        refuse(address, policy)
        self.address, self.limits, self.spent = address, limits or Limits(), Spent()
        self._login, self._looking = login, looking
        self._began = time.monotonic()
        self._backend = GuardedBackend(address.origin in policy.trusted, looking, resolve)
        self._pool = httpcore.ConnectionPool(
            max_connections=1, keepalive_expiry=30, network_backend=self._backend
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def get(self, path: str, query: Query = ()) -> dict[str, Any]:
        """The JSON object under ``/api/`` + `path`; tried again where that may help.

        Raises
        ------
        BadInput
            With what the server said, or why it is not waited for any longer.
        """
        url = f"{self.address}/api/{path}" + (f"?{urlencode(query)}" if query else "")
        for turn in range(self.limits.tries):
            last = turn + 1 == self.limits.tries
            self._refuse_late()
            try:
                status, headers, body = self._follow(url)
            except (
                httpcore.NetworkError,
                httpcore.TimeoutException,
                httpcore.ProtocolError,
                OSError,
            ) as error:
                if last:
                    raise _not_reached(error, self.address) from None
                self._pause(turn, None)
                continue
            if status in RETRIED and not last:
                self._pause(turn, headers.get(b"retry-after"))
                continue
            if status != 200:
                raise _refusal(status, body, path)
            return _object(body, path)
        raise AssertionError("the last try returns or raises")

    def rows(self, path: str, query: Query, *, size: int = 500) -> Iterator[dict[str, Any]]:
        """Every object of a paged list. Pages are numbered here; addresses that the server offers are not followed."""
        key = path.partition(".")[0]
        for page in range(1, self.limits.pages + 1):
            paging = [
                ("paging", "true"),
                ("totalPages", "true"),
                ("page", str(page)),
                ("pageSize", str(size)),
            ]
            answer = self.get(path, [*query, *paging])
            found, pager = answer.get(key), answer.get("pager", {})
            if not isinstance(found, list) or not isinstance(pager, dict):
                raise unreadable(path, f"It holds no list of {key}.")
            yield from (row for row in found if isinstance(row, dict))
            more = (
                page < pager["pageCount"] if isinstance(pager.get("pageCount"), int) else "nextPage" in pager
            )
            if not found or not more:
                return
        raise too_much(f"{key} fill more than {self.limits.pages} pages.")

    def _follow(self, url: str) -> tuple[int, dict[bytes, bytes], bytes]:
        """One answer; a redirect is followed within the same origin alone."""
        for _ in range(REDIRECTS + 1):
            status, headers, body = self._ask(url)
            if status not in (301, 302, 303, 307, 308):
                return status, headers, body
            url = self._within(url, headers.get(b"location", b""))
        raise BadInput("dhis2_redirected", "The server leads round in circles", "It redirects again and again.",
                       "Copy the address from your browser once you are signed in there.", where="address")  # fmt: skip

    def _within(self, url: str, location: bytes) -> str:
        try:
            target = urljoin(url, location.decode("ascii"))
            parts = urlsplit(target)
            port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        except (UnicodeDecodeError, ValueError):
            parts, port, target = urlsplit(""), None, ""
        here = (self.address.scheme, self.address.host, self.address.port)
        if (parts.scheme, parts.hostname, port) != here or parts.username or parts.password:
            raise BadInput("dhis2_redirected", "The server leads to another one",
                           "It redirects to another host, which is not followed: your token is for this one.",
                           "Use the address that it leads to, if you trust it.", where="address")  # fmt: skip
        return target.partition("#")[0]

    def _ask(self, url: str) -> tuple[int, dict[bytes, bytes], bytes]:
        limits, self._backend.deadline = self.limits, time.monotonic() + self.limits.answer_seconds
        timeout = {"connect": limits.connect_seconds, "read": limits.silence_seconds,
                   "write": limits.silence_seconds, "pool": limits.connect_seconds}  # fmt: skip
        headers = [("Authorization", self._login.header()), ("Accept", "application/json"),
                   ("Accept-Encoding", "identity"), ("User-Agent", "ChatMRPT")]  # fmt: skip
        self.spent.requests += 1
        with self._pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as answer:
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                self.spent.bytes += len(chunk)
                if len(body) > limits.answer_bytes or self.spent.bytes > limits.total_bytes:
                    raise too_much(f"More than {limits.answer_bytes >> 20} MB came in one answer, or "
                                   f"{limits.total_bytes >> 20} MB in all.")  # fmt: skip
            return answer.status, {name.lower(): value for name, value in answer.headers}, bytes(body)

    def _pause(self, turn: int, wished: bytes | None) -> None:
        """Wait before the next try as long as the server wishes, or longer with each try."""
        seconds = min(
            _wished_seconds(wished) or self.limits.first_pause_seconds * 2**turn,
            self.limits.longest_pause_seconds,
        )
        self.spent.repeated += 1
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._looking()
            self._refuse_late()
            time.sleep(min(left, LOOK_SECONDS))

    def _refuse_late(self) -> None:
        if time.monotonic() - self._began > self.limits.total_seconds:
            raise too_much(f"It took longer than {self.limits.total_seconds:.0f} seconds.")


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses of one host only, and never waits beyond `deadline`."""

    def __init__(self, trusted: bool, looking: Callable[[], None], resolve: Resolve) -> None:
        self.deadline = float("inf")
        self._trusted, self._looking, self._resolve = trusted, looking, resolve
        self._held: tuple[str, list[str]] | None = None
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        for place in (addresses := self._addresses(host, port)):
            try:
                return WatchedStream(
                    self._plain.connect_tcp(place, port, timeout, None, socket_options), self
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == addresses[-1]:
                    raise
        raise AssertionError("there is at least one address")

    def look(self) -> None:
        self._looking()

    def _addresses(self, host: str, port: int) -> list[str]:
        if self._trusted:
            return [host]
        if self._held is None:
            self._held = (host, checked_addresses(host, port, self._resolve))
        if self._held[0] != host:
            raise httpcore.ConnectError("another host than the one that was checked")
        return self._held[1]


class WatchedStream(httpcore.NetworkStream):
    """A connection that is read in turns of a second, so that a cancelled import ends at once."""

    def __init__(self, inner: httpcore.NetworkStream, owner: GuardedBackend) -> None:
        self._inner, self._owner = inner, owner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = min(time.monotonic() + (timeout or float("inf")), self._owner.deadline)
        while (left := end - time.monotonic()) > 0:
            try:
                return self._inner.read(max_bytes, min(left, LOOK_SECONDS))
            except httpcore.ReadTimeout:
                self._owner.look()
        raise httpcore.ReadTimeout("nothing came")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._owner)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def unreadable(path: str, detail: str) -> BadInput:
    return BadInput("dhis2_unreadable", "The server's answer can't be read", detail,
                    "Check that the address is that of a DHIS2, and not of a page in front of it.", where=path)  # fmt: skip


def too_much(detail: str) -> BadInput:
    return BadInput("dhis2_too_much", "This is more than one import may bring", detail,
                    "Choose fewer months, fewer data elements or a smaller area, and import the rest afterwards.")  # fmt: skip


def _object(body: bytes, path: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unreadable(path, "It is not JSON; a page to sign in may have come instead.") from None
    if not isinstance(found, dict):
        raise unreadable(path, "It is JSON, but not what a DHIS2 answers.")
    return found


def _refusal(status: int, body: bytes, path: str) -> BadInput:
    said = _said(body)
    told = {
        401: ("dhis2_signed_out", "The server does not know this token or password",
              "Make a new personal access token in your DHIS2 profile, and connect again."),
        403: ("dhis2_forbidden", "The server does not let this account read that",
              "Ask its administrators for the right to read these data, or use another account."),
        404: ("dhis2_not_found", "The server has no such thing",
              "Check the address and the ids; the organisation unit or data element may have been removed."),
        409: ("dhis2_refused", "The server refuses the question",
              "Choose fewer months or data elements, or the other way to read the values."),
        429: ("dhis2_busy", "The server asks to wait", "Try again in some minutes."),
    }.get(status)  # fmt: skip
    if told is None and status >= 500:
        told = ("dhis2_failed", "The server has a fault", "Try again later, or tell its administrators.")
    code, title, fix = told or (
        "dhis2_unexpected",
        "The server answered in an unexpected way",
        "Check the address.",
    )
    detail = f"It answered {status}" + (f": {said}" if said else ".")
    return BadInput(code, title, detail, fix, where=path.partition("?")[0])


def _said(body: bytes) -> str:
    """What a DHIS2 says about a refusal: text of somebody else's, shortened and in one line."""
    try:
        told = json.loads(body[:100_000])
    except (ValueError, RecursionError):
        return ""
    message = told.get("message") if isinstance(told, Mapping) else None
    text = " ".join(message.split()) if isinstance(message, str) else ""
    return "".join(letter for letter in text if letter.isprintable())[:300]


def _not_reached(error: Exception, address: Address) -> BadInput:
    slow = isinstance(error, (httpcore.TimeoutException, TimeoutError))
    detail = f"{address.origin} " + (
        "did not answer in time." if slow else "could not be reached, or broke off."
    )
    return BadInput("dhis2_slow" if slow else "dhis2_unreachable", "The server does not answer", detail,
                    "Check the address and that the server is up, then try again.", where="address")  # fmt: skip


def _wished_seconds(header: bytes | None) -> float | None:
    """Seconds of a Retry-After, which tells seconds or a moment."""
    text = (header or b"").decode("ascii", errors="replace").strip()
    if text.isdecimal():
        return float(text[:6])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
