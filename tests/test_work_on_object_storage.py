"""A whole piece of work on an object store: a ranking, a plan, a report, their pictures and what is downloaded of them."""

import io
import zipfile

import pytest

from sessions_app import actions
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.people import Person, alice, bob, committed, person, problem
from tests import work
from tests.object_servers import fetch, moto, rclone, refused, store

__all__ = ["alice", "bob", "committed", "moto", "person", "rclone", "store"]
pytestmark = pytest.mark.s3
PNG = b"\x89PNG\r\n\x1a\n"


def artifacts(api, result: AnalysisResult) -> dict[str, str]:
    """Where each file of a result is downloaded."""
    listed = api.get(f"/api/results/{result.pk}/").json()["artifacts"]
    return {row["name"]: f"/api/files/{row['id']}/download/" for row in listed}


def test_plans_reports_and_pictures_live_on_the_object_store(alice: Person, bob: Person, store: str):
    done = work.finished_work(alice.user)
    plan = work.computed(alice.user, work.asked_plan(alice.user, done))
    asked = work.ask_for(alice.user, done.session, "report", of=str(plan.pk), formats=["html", "package"])
    report = work.computed(alice.user, asked)
    assert (plan.status, report.status) == ("succeeded", "succeeded"), (plan.error, report.error)
    assert set(alice.objects()) == {file.storage_key for file in alice.files()}

    api, stranger, links = alice.browser(), bob.browser(), []
    for result, name, begins in (
        (plan, "plan.csv", b""),
        (report, "report.html", b"<!"),
        (report, "package.zip", b"PK"),
    ):
        place = artifacts(api, result)[name]
        problem(stranger.get(place), 404, "not_found")
        answer = api.get(place)
        assert answer.status_code == 302
        links.append(answer["Location"])
        content = fetch(links[-1])
        assert content.startswith(begins)
        if name.endswith(".zip"):
            content = b"".join(map(zipfile.ZipFile(io.BytesIO(content)).read, names_in(content)))
        assert done.belongings.canary.encode() in content

    picture = artifacts(api, plan)["map_coverage.svg"]
    problem(stranger.get(f"{picture}?as=png"), 404, "not_found")
    drawn, png = api.get(picture), api.get(f"{picture}?as=png")
    assert (drawn.status_code, png.status_code) == (200, 200), "pictures are always sent by us"
    assert b"<svg" in drawn.getvalue()
    assert (png["Content-Type"], png.content[:8]) == ("image/png", PNG)

    with scope(alice.user.pk):
        actions.delete_session(by=alice.user, session=done.session)
    assert alice.objects() == []
    assert {refused(link) for link in links} <= {403, 404}
    problem(api.get(f"{picture}?as=png"), 404, "not_found")


def names_in(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.namelist()
