"""An upload over a slow link to a whole stack that is asked to stop meanwhile."""

import asyncio
import json
import signal
import time
import urllib.request

from tests.running_stack import Running

BYTES_PER_SECOND, UPLOAD_SECONDS = 40_000, 5


def served_to_the_end(stack: Running, email: str, password: str) -> None:
    """Ask the stack to stop while somebody sends a file, who is answered all the same; what was answered is stored."""
    rows = "".join(f"Ward {row},{row % 7},{row % 11}.5,{'x' * 60}\n" for row in range(10_000))
    table = ("ward_name,rainfall,tpr,remark\n" + rows)[: BYTES_PER_SECOND * UPLOAD_SECONDS].rpartition("\n")[
        0
    ]
    token = asked(stack, "/api/token/", {"email": email, "password": password})["access"]
    session = asked(stack, "/api/sessions/", {"name": "Slow link"}, token)["id"]
    answer = asyncio.run(stopped_meanwhile(stack, token, session, table.encode()))
    assert answer["status"] == 201, answer
    assert answer["seconds_after_the_signal"] > 2, "it was still being sent when the stack was asked to stop"
    stored = [path.read_bytes() for path in (stack.state / "files").rglob("*.csv")]
    assert table.encode() in stored, "what was answered is there, byte for byte"


def asked(stack: Running, path: str, body: dict[str, str], token: str = "") -> dict[str, str]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    address = f"http://127.0.0.1:{stack.port}{path}"
    request = urllib.request.Request(address, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.load(answer)


async def stopped_meanwhile(stack: Running, token: str, session: str, table: bytes) -> dict:
    """An upload over a slow link; a second after its first byte the stack is asked to stop."""
    head = '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nward_table\r\n--b\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="wards.csv"\r\n\r\n'
    body = head.encode() + table + b"\r\n--b--\r\n"
    lines = [
        f"POST /api/sessions/{session}/files/ HTTP/1.1",
        f"Host: 127.0.0.1:{stack.port}",
        f"Authorization: Bearer {token}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    step, signalled = BYTES_PER_SECOND // 10, 0.0
    for number, start in enumerate(range(0, len(body), step)):
        writer.write(body[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.1)
        if number == 10:
            stack.process.send_signal(signal.SIGTERM)
            signalled = time.monotonic()
    answer = await reader.read()
    writer.close()
    return {
        "status": int(answer.split(b" ", 2)[1]) if answer else 0,
        "seconds_after_the_signal": time.monotonic() - signalled,
        "said": answer,
    }
