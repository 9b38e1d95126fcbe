"""Many people on slow links upload at once; everybody else must not notice."""

import asyncio
import json
import statistics
import time
import urllib.request

import pytest

from tests.running_stack import Running, running

UPLOADS = 20
BYTES_PER_SECOND = 20_000
BODY_SECONDS = 8
PAGES = 40


@pytest.mark.slow
def test_pages_stay_fast_while_twenty_clients_upload_at_20_kilobytes_a_second(state):
    with running(state) as stack:
        _, _, email, password = stack.ready_line().split()
        token = ask(stack, "POST", "/api/token/", body={"email": email, "password": password})["access"]
        session = ask(stack, "POST", "/api/sessions/", body={"name": "Slow link"}, token=token)["id"]
        quiet, busy, stored = asyncio.run(measure(stack, token, session))
    assert stored == [201] * UPLOADS
    assert statistics.median(busy) < 2 * statistics.median(quiet), (quiet, busy)
    assert sorted(busy)[int(0.9 * PAGES)] < 2 * sorted(quiet)[int(0.9 * PAGES)] + 0.05, (quiet, busy)


def ask(stack: Running, method: str, path: str, *, body: dict[str, str], token: str = "") -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return json.load(answer)


async def measure(stack: Running, token: str, session: str) -> tuple[list[float], list[float], list[int]]:
    await pages(stack, token)  # warms both processes
    quiet = await pages(stack, token)
    uploads = [asyncio.create_task(upload(stack, token, session, number)) for number in range(UPLOADS)]
    await asyncio.sleep(1.5)
    busy = await pages(stack, token)
    assert not any(task.done() for task in uploads), "the uploads ended before the pages were measured"
    return quiet, busy, list(await asyncio.gather(*uploads))


async def pages(stack: Running, token: str) -> list[float]:
    times = []
    for _ in range(PAGES):
        begun = time.perf_counter()
        status, _ = await exchange(stack, head(stack, "GET", "/api/sessions/", token, 0), b"", None)
        times.append(time.perf_counter() - begun)
        assert status == 200
        await asyncio.sleep(0.04)
    return times


async def upload(stack: Running, token: str, session: str, number: int) -> int:
    rows = "".join(f"Ward {row},{row % 7},{row % 11}.5,{'x' * 60}\n" for row in range(100_000))
    table = ("ward_name,rainfall,tpr,remark\n" + rows)[: BYTES_PER_SECOND * BODY_SECONDS].rpartition("\n")[0]
    parts = [
        '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nward_table\r\n',
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="wards-{number}.csv"\r\n\r\n{table}\n\r\n',
        "--b--\r\n",
    ]
    body = "".join(parts).encode()
    path = f"/api/sessions/{session}/files/"
    lines = head(stack, "POST", path, token, len(body), "multipart/form-data; boundary=b")
    status, _ = await exchange(stack, lines, body, BYTES_PER_SECOND)
    return status


def head(stack: Running, method: str, path: str, token: str, length: int, kind: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{stack.port}", "Connection: close"]
    lines += [f"Authorization: Bearer {token}", f"Content-Length: {length}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def exchange(stack: Running, lines: bytes, body: bytes, rate: int | None) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(lines)
    step = (rate or 0) // 10
    for start in range(0, len(body), step or 1):
        writer.write(body[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.1)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer
