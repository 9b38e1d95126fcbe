"""A language model of our own: a real HTTP server that speaks both protocols and says what a script tells it to.

It also misbehaves on demand: refuses, breaks off, hangs, sends what is no JSON. What it was asked it keeps.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKENS = (120, 30)


@dataclass(frozen=True)
class Say:
    """Words, sent in pieces; `seconds` between them."""

    text: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Call:
    """A tool that is to be called; `raw` instead of arguments that are JSON."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True)
class Refuse:
    status: int
    body: str = '{"error": {"message": "secret-host.internal says no", "type": "server_error"}}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes as they are under a 200; then the connection ends, or stays silent for `hang` seconds."""

    body: bytes
    hang: float = 0.0
    media_type: str = "text/event-stream"


Step = Say | Call | Refuse | Raw
Script = Callable[[list[dict[str, Any]], int], Step]


class Scripted:
    """The server. `script` is a list of steps, the last of which is repeated, or a function of messages and number."""

    def __init__(self, script: Sequence[Step] | Script) -> None:
        self._script = script
        self.asked: list[dict[str, Any]] = []
        self.left_early = threading.Event()
        self.begun = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["Scripted"]:
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def configured(self, protocol: str = "openai", **more: Any) -> dict[str, dict[str, Any]]:
        """As the settings have it."""
        url = self.address + ("/v1" if protocol == "openai" else "")
        return {"tried": {"protocol": protocol, "url": url, "model": "m-1", "key": "key-not-to-be-told", "prices": None} | more}  # fmt: skip

    def step(self, messages: list[dict[str, Any]]) -> Step:
        number = len(self.asked) - 1
        if callable(self._script):
            return self._script(messages, number)
        return self._script[min(number, len(self._script) - 1)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                scripted.asked.append(body)
                step = scripted.step(body["messages"])
                scripted.begun.set()
                try:
                    if isinstance(step, Refuse):
                        self._refuse(step)
                    else:
                        self._stream(step)
                except (BrokenPipeError, ConnectionResetError):
                    scripted.left_early.set()
                self.close_connection = True

            def _refuse(self, step: Refuse) -> None:
                content = step.body.encode()
                self.send_response(step.status)
                for name, value in step.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _stream(self, step: Say | Call | Raw) -> None:
                self.send_response(200)
                self.send_header("Content-Type", getattr(step, "media_type", "text/event-stream"))
                self.send_header("Connection", "close")
                self.end_headers()
                if isinstance(step, Raw):
                    self.wfile.write(step.body)
                    self.wfile.flush()
                    self._hang(step.hang)
                    return
                speak = openai_events if self.path.endswith("/chat/completions") else anthropic_events
                for event in speak(step):
                    self.wfile.write(event.encode())
                    self.wfile.flush()
                    if isinstance(step, Say) and step.seconds:
                        self._hang(step.seconds)

            def _hang(self, seconds: float) -> None:
                """Wait, and notice when the other side has gone."""
                end = time.monotonic() + seconds
                self.connection.settimeout(0.02)
                while time.monotonic() < end:
                    try:
                        if self.connection.recv(1) == b"":
                            raise BrokenPipeError
                    except TimeoutError:
                        continue

        return Handler


def pieces(text: str) -> list[str]:
    return [text[start : start + 7] for start in range(0, len(text), 7)]


def openai_events(step: Say | Call) -> Iterator[str]:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _event(
            {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": [choice]}
        )

    yield chunk({"role": "assistant", "content": ""})
    if isinstance(step, Say):
        for piece in pieces(step.text):
            yield chunk({"content": piece})
        yield chunk({}, "stop")
    else:
        said = step.raw or json.dumps(step.arguments)
        function = {"name": step.tool, "arguments": said}
        yield chunk({"tool_calls": [{"index": 0, "id": "call-1", "type": "function", "function": function}]})
        yield chunk({}, "tool_calls")
    usage = {"prompt_tokens": TOKENS[0], "completion_tokens": TOKENS[1], "total_tokens": sum(TOKENS)}
    yield _event(
        {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m-1",
            "choices": [],
            "usage": usage,
        }
    )
    yield "data: [DONE]\n\n"


def anthropic_events(step: Say | Call) -> Iterator[str]:
    def named(kind: str, **rest: Any) -> str:
        return f"event: {kind}\n" + _event({"type": kind, **rest})

    message = {
        "id": "m1", "type": "message", "role": "assistant", "model": "m-1", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": TOKENS[0], "output_tokens": 1},
    }  # fmt: skip
    yield named("message_start", message=message)
    if isinstance(step, Say):
        yield named("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in pieces(step.text):
            yield named("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        reason = "end_turn"
    else:
        block = {"type": "tool_use", "id": "t1", "name": step.tool, "input": {}}
        said = step.raw or json.dumps(step.arguments)
        yield named("content_block_start", index=0, content_block=block)
        yield named("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": said})
        reason = "tool_use"
    yield named("content_block_stop", index=0)
    yield named(
        "message_delta",
        delta={"stop_reason": reason, "stop_sequence": None},
        usage={"output_tokens": TOKENS[1]},
    )
    yield named("message_stop")


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"
