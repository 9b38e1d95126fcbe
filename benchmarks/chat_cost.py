"""What one turn without a language model costs, against the plain page of the same conversation.

Run it inside a throwaway stack: `python -m chatmrpt.stack throwaway python -m benchmarks.chat_cost`. It prints one JSON
object: seconds until the first byte (best of many, in turns) and bytes, as sent and compressed.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

from benchmarks.page import CALLER, LGAS, WARDS

ROUNDS = 20
QUESTION = "top 10 wards by rainfall"


def main() -> int:
    """Rank as many wards as Niger State has, and ask about them."""
    django.setup()
    from analysis.synthetic import make_state, write_state
    from analysis.tests.test_runs import journey
    from sessions_app.tests.people import people

    with tempfile.TemporaryDirectory(prefix="bench-") as folder, people() as make:
        files = write_state(make_state(seed=3, wards=WARDS, lgas=LGAS), Path(folder))
        dora = make("dora")
        _, session, *_ = journey(dora, files)
        found = _costs(dora, f"/sessions/{session}/chat/")
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _costs(person: Any, chat: str) -> dict[str, float]:
    from django.test import Client

    from sessions_app.tests.people import PASSWORD

    browser = Client(**CALLER)
    browser.post("/accounts/sign-in/", {"email": person.user.email, "password": PASSWORD})
    place = browser.post(chat, {"text": QUESTION}).headers["Location"].partition("#")[0]
    browser.get(place)
    seconds = {"page": float("inf"), "turn": float("inf")}
    sent: dict[str, bytes] = {}
    # Turns go into a conversation of their own, so that the plain page keeps the length of one turn.
    other = browser.post(f"{chat}?new=1", {"text": QUESTION}).headers["Location"].partition("#")[0]
    for _ in range(ROUNDS):
        for name, path, form in (("page", place, None), ("turn", other, {"text": QUESTION, "known": "1"})):
            first, sent[name] = _asked(browser, path, form)
            seconds[name] = min(seconds[name], first)
    if b"<html" in sent["turn"] or QUESTION.encode() not in sent["turn"]:
        raise RuntimeError("the turn was not answered with its fragment")
    return {
        **{f"{name}_seconds": value for name, value in seconds.items()},
        **{f"{name}_bytes": float(len(content)) for name, content in sent.items()},
        **{f"{name}_gzip": float(len(gzip.compress(content, 6))) for name, content in sent.items()},
    }


def _asked(browser: Any, path: str, form: dict[str, str] | None) -> tuple[float, bytes]:
    """Ask as a WSGI server does; the seconds until the first byte, and all of them."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    environ = CALLER | {"PATH_INFO": path, "HTTP_COOKIE": cookies}
    if form is not None:
        body = urlencode(form).encode()
        environ |= {
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body), "HTTP_HX_REQUEST": "true",
            "HTTP_X_CSRFTOKEN": browser.cookies["csrftoken"].value,
        }  # fmt: skip
    status: list[str] = []
    began = time.perf_counter()
    answer = WSGIHandler()(
        RequestFactory()._base_environ(**environ), lambda line, headers: status.append(line)
    )
    parts = iter(answer)
    first = next(parts)
    seconds = time.perf_counter() - began
    content = first + b"".join(parts)
    answer.close()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{path} answered {status}: {content[:200]!r}")
    return seconds, content


if __name__ == "__main__":
    sys.exit(main())
