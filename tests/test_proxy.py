"""docker/Caddyfile on the very program of compose, before two servers that write down what reaches them."""

import gzip
import json
import re
import socket
import sysconfig
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chatmrpt.stack.processes import Child, ReservedPort, wait_for
from tests.running_stack import ROOT

CADDY = Path(sysconfig.get_path("scripts")) / "caddy"
PAGE = b"<p>ward</p>" * 500


class Upstream(ThreadingHTTPServer):
    """Answers /stream/ with one event and then nothing until it is told to go on, all else with a page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.seen: list[tuple[str, dict[str, str], int]] = []
        self.go_on = threading.Event()


class Answers(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers.items()), len(body)))
        stream = self.path.startswith("/stream/")
        if self.path == "/busy/":
            time.sleep(0.1)
        self.send_response(200)
        self.send_header("Content-Type", f"text/{'event-stream' if stream else 'html'}; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"retry: 3000\n\n" if stream else PAGE)
        self.wfile.flush()
        if stream:
            self.server.go_on.wait(10)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


@dataclass(frozen=True)
class Proxy:
    address: str
    log: Path


@contextmanager
def proxied(folder: Path, upstream: Upstream, *hosts: str) -> Iterator[Proxy]:
    """Caddy before web containers of these addresses, all with the port of `upstream`."""
    port = ReservedPort()
    text = (ROOT / "docker" / "Caddyfile").read_text()
    found = re.search(r"dynamic a web 8000( \{[^}]*\})", text)
    assert found
    each = "\n".join(f"a {host} {upstream.server_port}{found[1]}" for host in hosts)
    # The names of compose, as there is no engine that would know them.
    for name, here in {
        found[0]: f"dynamic multi {{\n{each}\n}}",
        "streams:8001": f"127.0.0.1:{upstream.server_port}",
    }.items():
        assert text.count(name) == 1, name
        text = text.replace(name, here)
    (folder / "Caddyfile").write_text(text)
    child = Child(
        name="proxy",
        command=[str(CADDY), "run", "--config", str(folder / "Caddyfile")],
        log=folder / "log",
        environment={"HOME": str(folder), "SITE_ADDRESS": f":{port.number}", "PATH": "/usr/bin:/bin"},
    )
    port.hand_over()
    child.start()

    def listens() -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", port.number)) == 0

    assert wait_for(listens, seconds=20), child.last_lines()
    try:
        yield Proxy(f"http://127.0.0.1:{port.number}", child.log)
    finally:
        child.stop()


@pytest.fixture(scope="module")
def proxy(upstream, tmp_path_factory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("proxy"), upstream, "127.0.0.1") as one:
        yield one


def ask(proxy: Proxy, path: str, data: bytes | None = None, **headers: str):
    asked = urllib.request.Request(proxy.address + path, data=data, headers=headers)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=5)


@pytest.mark.parametrize("path", ["/metrics/", "/metrics/anything", "/health/ready/"])
def test_what_is_for_the_inside_reaches_nobody(proxy, upstream, path):
    before = len(upstream.seen)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(proxy, path)
    with refusal.value as answer:
        assert answer.code == 404
    assert upstream.seen[before:] == []


def test_pages_are_packed_and_know_who_asked_and_how(proxy, upstream):
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Host": "mrpt.example"}
    with ask(proxy, "/", **claimed, **{"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == PAGE
    _, headers, _ = upstream.seen[-1]
    # A proxy in front in a private network is believed; the last address is always the one that Caddy saw itself.
    assert headers["X-Forwarded-For"].split(", ")[-1] == "127.0.0.1"
    assert (headers["X-Forwarded-Proto"], headers["Host"]) == ("https", "mrpt.example")
    with ask(proxy, "/"):
        assert upstream.seen[-1][1]["X-Forwarded-Proto"] == "http"


def test_an_event_is_there_before_the_next_one(proxy, upstream):
    with ask(proxy, "/stream/x/?ticket=t", **{"Accept-Encoding": "gzip"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.read(13) == b"retry: 3000\n\n"
        assert not upstream.go_on.is_set()
        upstream.go_on.set()


def test_a_body_as_large_as_the_settings_allow_passes(proxy, upstream):
    """Larger than what a proxy's own limit used to be; how much is too much the web processes say."""
    with ask(proxy, "/api/files/", data=bytes(120_000_000)):
        assert upstream.seen[-1][2] == 120_000_000


def test_the_log_tells_no_address_and_no_ticket(proxy):
    before = proxy.log.read_text().count('"status"')
    with ask(proxy, "/sessions/secret-id/?ticket=t", Cookie="sessionid=secret-cookie"):
        pass
    assert wait_for(lambda: proxy.log.read_text().count('"status"') > before, seconds=5)
    text = proxy.log.read_text()
    assert "secret" not in text
    assert "ticket" not in text
    for line in map(json.loads, text.splitlines()):
        # As the privacy notice says of logs.
        assert not {"remote_ip", "client_ip", "remote_port", "uri", "headers"} & set(line.get("request", {}))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_web_container_that_does_not_answer_yet_costs_nobody_an_answer(upstream, tmp_path, method):
    """docker/upgrade starts the new ones beside the old: they have an address before they listen, and no connection at all."""
    with proxied(tmp_path, upstream, "127.0.0.1", "127.0.0.2", "127.0.0.3") as one:

        def asked(_: int) -> tuple[int, float]:
            begun = time.monotonic()
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            data = b"x" * 200_000 if method == "POST" else None
            with opener.open(urllib.request.Request(one.address + "/busy/", data=data), timeout=20) as answer:
                return answer.status, time.monotonic() - begun

        with ThreadPoolExecutor(8) as people:
            answers = list(people.map(asked, range(160)))
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < 5
