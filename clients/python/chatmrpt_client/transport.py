"""One request after the other: signed, repeated where that does no harm, refusals turned into exceptions."""

from __future__ import annotations

import json as json_module
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2 as httpx

from chatmrpt_client.contract import Operation
from chatmrpt_client.errors import Problem, Unreachable, problem_of
from chatmrpt_client.signing import Signing

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# The server did nothing of the request and says when to come back.
COME_BACK = (429, 503)
AWAY = (502, 504)


class Transport:
    """Speaks HTTP for the other modules. `patience`: seconds for which trouble is borne before it is raised."""

    def __init__(
        self,
        address: str,
        *,
        patience: float = 120.0,
        timeout: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address.rstrip("/")
        self.patience, self.pause = patience, pause
        self.signing: Signing | None = None
        self._http = httpx.Client(
            base_url=self.address,
            timeout=httpx.Timeout(timeout, connect=10.0),
            headers={"User-Agent": "chatmrpt-client/0.1", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def call(
        self,
        operation: Operation,
        *,
        json: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        files: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        **places: object,
    ) -> httpx.Response:
        """Return the answer to an operation of the contract, read whole."""
        sent = {**(json or {}), **(data or {}), **(files or {})}
        _within(operation, sent, query or {}, headers or {})
        options: dict[str, Any] = {"params": dict(query or {}), "headers": dict(headers or {})}
        if operation.sends and files is None and data is None:
            options["json"] = dict(json or {})
        if content is not None:
            options |= {"content": content}
            options["headers"]["Content-Type"] = operation.content
        if files is not None:
            options |= {"files": files, "data": dict(data or {})}
        address = operation.address(places)

        def once() -> httpx.Response:
            return self._once(operation.method, address, options)

        return self._patiently(once, operation.repeatable)

    @contextmanager
    def stream(
        self, operation: Operation, *, query: Mapping[str, Any], **places: object
    ) -> Iterator[httpx.Response]:
        """Yield an answer whose body is read by the caller. Redirects are followed; other hosts get no token."""
        _within(operation, {}, query, {})
        request = self._http.build_request(
            "GET", operation.address(places), params=dict(query), headers={**self._signed(), "Accept": "*/*"}
        )
        try:
            answer = self._http.send(request, stream=True, follow_redirects=True)
        except httpx.TransportError as error:
            raise Unreachable(f"{self.address} did not answer: {type(error).__name__}") from None
        try:
            if answer.status_code >= 400:
                answer.read()
                raise _problem(answer)
            yield answer
        finally:
            answer.close()

    def _once(self, method: str, address: str, options: Mapping[str, Any]) -> httpx.Response:
        """One request; with a refused token one more, if it can be renewed."""
        signed = self._signed()
        for header in (signed, None):
            headers = {**options["headers"], **(header if header is not None else self._signed())}
            answer = self._http.request(method, address, **{**options, "headers": headers})
            if answer.status_code != 401 or self.signing is None or header is None:
                return answer
            if not self.signing.renewed(signed["Authorization"]):
                return answer
        return answer

    def _signed(self) -> dict[str, str]:
        return {"Authorization": self.signing.header()} if self.signing else {}

    def _patiently(self, once: Callable[[], httpx.Response], repeatable: bool) -> httpx.Response:
        end, turn = time.monotonic() + self.patience, 0
        while True:
            trouble: Exception
            wished: float | None = None
            try:
                answer = once()
            except httpx.TransportError as error:
                trouble = Unreachable(f"{self.address} did not answer: {type(error).__name__}")
                again = repeatable
            else:
                if answer.status_code < 400:
                    return answer
                trouble = problem = _problem(answer)
                wished = problem.retry_after
                again = answer.status_code in COME_BACK or (repeatable and answer.status_code in AWAY)
            seconds = wished if wished is not None else min(FIRST_PAUSE * 2**turn, LONGEST_PAUSE)
            if not again or time.monotonic() + seconds > end:
                raise trouble from None
            self.pause(seconds)
            turn += 1


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After, which tells seconds or a moment."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _problem(answer: httpx.Response) -> Problem:
    try:
        told = answer.json()
    except (json_module.JSONDecodeError, UnicodeDecodeError):
        told = {}
    return problem_of(answer.status_code, told if isinstance(told, dict) else {}, retry_after(answer))


def _within(
    operation: Operation, sent: Mapping[str, Any], query: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    """Nothing leaves this package that its contract doesn't name."""
    for given, allowed in ((sent, operation.sends), (query, operation.query), (headers, operation.headers)):
        unknown = set(given) - set(allowed)
        if unknown:
            raise TypeError(f"{operation.method} {operation.path} takes no {', '.join(sorted(unknown))}")
