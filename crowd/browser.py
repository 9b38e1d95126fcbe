"""The smallest HTTP/1.1 client that can play a person: one connection, one address of its own, one cookie jar.

Written against asyncio alone because a thousand of them share two cores with the system under test: a request costs
about a tenth of what a full client library takes, and a connection that was cut is told apart from an answer.
"""

import asyncio
import gzip
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

# Of a thousand at once, on two cores that did other work too, one answer in a hundred took 42 s and the slowest 51 s.
PATIENCE = 90.0


class CutOff(Exception):
    """The connection ended before the answer was there: nobody knows whether the request was done."""


class TooSlow(Exception):
    """No answer in the time that a person would wait."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def retry_after(self) -> float | None:
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdecimal() else None

    def everything(self) -> bytes:
        """Headers and body, for whoever searches it."""
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        return "\n".join([*lines, *self.cookies]).encode() + b"\n" + self.content


@dataclass
class Browser:
    host: str
    port: int
    address: str
    look_at: Callable[[Answer], None]
    cookies: dict[str, str] = field(default_factory=dict)
    bearer: str = ""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        file: tuple[str, str, bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Answer, float]:
        """The answer and how long it took. A GET on a connection that had gone stale is sent a second time."""
        content, kind = _encoded(form, body, file)
        head = self._head(method, path, content, kind, headers or {})
        for attempt in (1, 2):
            fresh = self._streams is None
            begun = time.monotonic()
            try:
                answer = await asyncio.wait_for(self._exchange(head + content), PATIENCE)
            except TimeoutError:
                self.close()
                raise TooSlow(f"{method} {path}") from None
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                self.close()
                if attempt == 1 and method == "GET" and not fresh:
                    continue
                raise CutOff(f"{method} {path}: {type(error).__name__}") from None
            self._keep_cookies(answer)
            self.look_at(answer)
            return answer, time.monotonic() - begun
        raise AssertionError("the second attempt either answers or raises")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    def _head(self, method: str, path: str, content: bytes, kind: str, more: Mapping[str, str]) -> bytes:
        origin = f"https://{self.host}:{self.port}"
        headers = {"Host": f"{self.host}:{self.port}", "X-Forwarded-Proto": "https", **more}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        elif self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET":
            headers |= {"Content-Length": str(len(content)), "Origin": origin, "Referer": f"{origin}/"}
            if kind:
                headers["Content-Type"] = kind
            if "csrftoken" in self.cookies and not self.bearer:
                headers["X-CSRFToken"] = self.cookies["csrftoken"]
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _exchange(self, sent: bytes) -> Answer:
        if self._streams is None:
            local = (self.address, 0)
            self._streams = await asyncio.open_connection(self.host, self.port, local_addr=local)
        reader, writer = self._streams
        writer.write(sent)
        await writer.drain()
        status, headers, cookies = _parsed(await reader.readuntil(b"\r\n\r\n"))
        content = b""
        if status not in (204, 304):
            content = await _body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        if headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return Answer(status, headers, cookies, content)

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


def _parsed(head: bytes) -> tuple[int, dict[str, str], list[str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    cookies = []
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookies.append(value.strip())
        else:
            headers[name.lower()] = value.strip()
    return int(first.split(" ", 2)[1]), headers, cookies


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)


def _encoded(
    form: Mapping[str, str] | None, body: Any, file: tuple[str, str, bytes] | None
) -> tuple[bytes, str]:
    if file is not None:
        field_name, name, content = file
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in (form or {}).items()
        ]
        disposition = f'form-data; name="{field_name}"; filename="{name}"'
        parts.append(f"--{mark}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n")
        parts.append(f"--{mark}--\r\n".encode())
        return b"".join(parts), f"multipart/form-data; boundary={mark}"
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if body is not None:
        return json.dumps(body).encode(), "application/json"
    return b"", ""
