"""What the ranked table of a state costs the server, against the same template over rows already in memory.

Run it inside a throwaway stack: `python -m chatmrpt.stack throwaway python -m benchmarks.page`. It prints one JSON
object: processor seconds of the page, of the floor, of the page's own queries and of rendering alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django

WARDS, LGAS, ROUNDS = 275, 25, 40
CALLER = {"REMOTE_ADDR": "127.77.1.1", "SERVER_NAME": "127.0.0.1"}


def main() -> int:
    """Make a ranking of as many wards as Niger State has, and time its page."""
    django.setup()
    from analysis.synthetic import make_state, write_state
    from analysis.tests.test_runs import journey
    from sessions_app.tests.people import people

    with tempfile.TemporaryDirectory(prefix="bench-") as folder, people() as make:
        files = write_state(make_state(seed=3, wards=WARDS, lgas=LGAS), Path(folder))
        dora = make("dora")
        _, session, _, risk = journey(dora, files)
        costs = _costs(dora, f"/sessions/{session}/results/{risk['id']}/wards/", risk["id"])
    sys.stdout.write(json.dumps(costs) + "\n")
    return 0


def _costs(person: Any, path: str, result_id: str) -> dict[str, float]:
    from django import urls
    from django.conf import settings
    from django.db import transaction
    from django.test import Client

    from sessions_app.isolation.scope import scope
    from sessions_app.models import AnalysisResult
    from sessions_app.selectors import newest_of
    from sessions_app.tests.people import PASSWORD

    browser = Client(**CALLER)
    browser.post("/accounts/sign-in/", {"email": person.user.email, "password": PASSWORD})
    root_urls = import_module(settings.ROOT_URLCONF)
    floor_view, render = _from_memory(browser, path, result_id)
    root_urls.urlpatterns.insert(0, urls.path("floor/", floor_view))
    urls.clear_url_caches()

    def queries() -> None:
        with scope(person.user.pk), transaction.atomic():
            newest_of(AnalysisResult.objects.select_related("session").get(pk=result_id).session)

    works = {
        "page": _asking(browser, path),
        "floor": _asking(browser, "/floor/"),
        "queries": queries,
        "render": render,
    }
    return dict(zip(works, _cpu_seconds(*works.values()), strict=True))


def _from_memory(browser: Any, path: str, result_id: str) -> tuple[Callable[[Any], Any], Callable[[], None]]:
    """Two floors of the same template over the same rows, kept in memory: a view of it, and its rendering alone."""
    from django.contrib.auth.decorators import login_required
    from django.db import transaction
    from django.shortcuts import render
    from django.template.loader import get_template
    from django.test.utils import setup_test_environment, teardown_test_environment

    from analysis import frames
    from analysis.views import wards
    from sessions_app.isolation.scope import scope
    from sessions_app.models import AnalysisResult

    setup_test_environment()  # a response tells its context only then
    answer = browser.get(path)
    teardown_test_environment()
    context = {key: value for part in answer.context for key, value in part.flatten().items()}
    with scope(answer.wsgi_request.user.pk), transaction.atomic():
        result = AnalysisResult.objects.get(pk=result_id)
    rows = frames.rows_of(frames.load_wards(result))
    kept = {name: value for name, value in context.items() if name not in ("request", "user", "csrf_token")}

    @login_required
    def view(request: Any) -> Any:
        return render(request, "results/wards.html", kept | {"rows": wards._shown_rows(result, rows, "")})

    shown = context | {"rows": wards._shown_rows(result, rows, "")}
    template = get_template("results/wards.html")

    def rendering() -> None:
        if template.render(shown).count("<tr") != WARDS + 1:
            raise RuntimeError("the template shows other rows than the page")

    return view, rendering


def _asking(browser: Any, path: str) -> Callable[[], None]:
    """Ask as a WSGI server does: the test client, which records every context, costs as much as the page."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    application = WSGIHandler()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    environ = CALLER | {"PATH_INFO": path, "HTTP_COOKIE": cookies}

    def ask() -> None:
        status: list[str] = []
        answer = application(
            RequestFactory()._base_environ(**environ), lambda line, headers: status.append(line)
        )
        rows = b"".join(answer).count(b"<tr")
        answer.close()
        if not status[0].startswith("200") or rows != WARDS + 1:
            raise RuntimeError(f"{path} answered {status} with {rows} rows")

    return ask


def _cpu_seconds(*works: Callable[[], None]) -> list[float]:
    """Processor seconds of one round of each: the best of many, in turns, so that a busy machine counts little."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            began = time.process_time()
            work()
            best[place] = min(best[place], time.process_time() - began)
    return best


if __name__ == "__main__":
    sys.exit(main())
