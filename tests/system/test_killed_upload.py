"""Web processes are killed while a file comes in parts: what was acknowledged is there, and the file is whole."""

import asyncio
import base64
import hashlib
import random

import pytest

from crowd.browser import Answer, Browser, CutOff

PART = 256 * 1024


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_no_acknowledged_part_is_lost(running, newcomers, kills):
    person = next(iter(newcomers(1, first=7_000 + kills).values()))
    content = b"ward_name,lga_name,rain,pfpr\n" + b"".join(
        b"Ward %06d,Lga %02d,%d.5,0.%03d\n" % (n, n % 30, n % 900, n % 700) for n in range(50_000)
    )
    asyncio.run(_sent_under_fire(running, person, content, kills))


async def _sent_under_fire(running, person, content: bytes, kills: int) -> None:
    await person.sign_in()
    session = await person.create_session("Under fire")
    browser = person.browser
    asked = {
        "kind": "ward_table",
        "name": "wards.csv",
        "size_bytes": len(content),
        "head_sha256": hashlib.sha256(content[:PART]).hexdigest(),
    }
    upload = (await _insist(browser, "POST", f"/api/sessions/{session}/uploads/", body=asked)).json()
    parts = [content[at : at + PART] for at in range(0, len(content), PART)]
    order = list(range(1, len(parts) + 1)) * (1 + kills // len(parts))
    random.Random(kills).shuffle(order)
    deadly = set(random.Random(1).sample(range(len(order)), min(kills, len(order))))
    acknowledged: set[int] = set()
    for step, number in enumerate(order):
        sending = asyncio.create_task(_put(browser, upload["id"], number, parts[number - 1]))
        if step in deadly:
            await asyncio.sleep(0.01 * (step % 4))
            running.kill_web_process()
        answer = await sending
        assert answer.status in (200, 201), answer.content
        acknowledged.add(number)
        there = (await _insist(browser, "GET", f"/api/uploads/{upload['id']}/")).json()["received"]
        assert {part["number"] for part in there} >= acknowledged
        assert all(part["sha256"] == hashlib.sha256(parts[part["number"] - 1]).hexdigest() for part in there)
    for number in sorted(set(range(1, len(parts) + 1)) - acknowledged):
        await _put(browser, upload["id"], number, parts[number - 1])
    sums = "".join(hashlib.sha256(part).hexdigest() for part in parts)
    done = {"parts_sha256": hashlib.sha256(sums.encode()).hexdigest()}
    ending = asyncio.create_task(_insist(browser, "POST", f"/api/uploads/{upload['id']}/finish/", body=done))
    await asyncio.sleep(0.05)
    running.kill_web_process()
    first = await ending
    second = await _insist(browser, "POST", f"/api/uploads/{upload['id']}/finish/", body=done)
    assert first.status == second.status == 201, first.content
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["sha256"] == hashlib.sha256(content).hexdigest()
    files = (await _insist(browser, "GET", f"/api/sessions/{session}/files/")).json()["results"]
    assert len(files) == 1
    browser.close()


async def _put(browser: Browser, upload: str, number: int, part: bytes) -> Answer:
    headers = {"Content-Digest": f"sha-256=:{digest(part)}:"}
    return await _insist(browser, "PUT", f"/api/uploads/{upload}/parts/{number}/", body=part, headers=headers)


async def _insist(browser: Browser, method: str, path: str, **sent) -> Answer:
    """Ask until somebody answers, as the page does."""
    for _ in range(200):
        try:
            answer, _ = await browser.request(method, path, **sent)
        except CutOff:
            await asyncio.sleep(0.2)
            continue
        if answer.status < 500 and answer.status != 429:
            return answer
        await asyncio.sleep(answer.retry_after or 0.3)
    raise AssertionError(f"nobody answers {method} {path}")
