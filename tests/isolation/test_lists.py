"""Every list of the API, asked with what belongs to somebody else: their ids as filters, their cursors, their words."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from sessions_app import actions
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation.scope import scope
from tests.isolation.victims import Victim, content_of, forget


def reads() -> dict[str, list[str]]:
    """Each address of the API that is read, with the parameters that may be asked of it."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = {}
    for path, operations in paths.items():
        asked = [
            one["name"] for one in operations.get("get", {}).get("parameters", ()) if one["in"] == "query"
        ]
        if asked:
            found[path] = asked
    return found


@pytest.fixture(scope="module")
def ayo(django_db_setup, django_db_blocker):
    """Somebody with as much of their own, so that every list has something to be mixed with."""
    with django_db_blocker.unblock():
        made = Victim()
        made.api = Client(headers={"Authorization": f"Bearer {issue_pair(made.user)['access']}"})
        yield made
        forget(made.user)


def ids_of(person) -> dict[str, str]:
    found = {
        "session": person.work.session.pk,
        "result": person.work.risk.pk,
        "file": person.work.artifact.pk,
        "conversation": person.conversation.pk,
        "turn": person.turn.pk,
        "battle": person.battle.pk,
        "link": person.link.pk,
        "owner": person.user.pk,
    }
    return {name: str(value) for name, value in found.items()}


def own_address(path: str, person) -> str:
    """The address with the asker's own ids in it."""
    return path.format(**{f"{name}_id": value for name, value in ids_of(person).items()}, figure="map_rank")


def test_the_lists_are_found():
    assert {"/api/sessions/", "/api/conversations/", "/api/battles/"} <= set(reads())
    assert len(reads()) >= 10


@pytest.mark.parametrize("path", reads())
def test_no_parameter_brings_another_users_rows(path, ayo, victim):
    address = own_address(path, ayo)
    ids = ids_of(victim)
    asked = [{name: value} for name in reads()[path] for value in ids.values()]
    # Parameters that nobody described: an owner's id, and filters as Django would write them.
    asked += [{name: ids["owner"]} for name in ("owner", "owner_id", "user", "owner__pk", "session__owner")]
    asked += [{f"{name}_id": value} for name, value in ids.items()]
    for query in asked:
        answer = ayo.api.get(f"{address}?{urlencode(query)}")
        assert answer.status_code < 500, (query, answer.content)
        assert victim.canary not in content_of(answer), query


PAGED = [path for path, asked in reads().items() if "cursor" in asked]


@pytest.mark.parametrize("path", PAGED)
def test_anothers_cursor_is_a_place_in_ones_own_list(path, ayo, victim):
    """A cursor says when, never whose: with it the asker reads their own rows, or none."""
    address = own_address(path, ayo)
    theirs = cursor_of(victim, path)
    answer = ayo.api.get(f"{address}?{urlencode({'cursor': theirs, 'limit': 200})}")
    assert answer.status_code == 200, answer.content
    assert victim.canary not in answer.content
    everything = ayo.api.get(f"{address}?limit=200").json()["results"]
    mine = [row["id"] for row in everything]
    assert {row["id"] for row in answer.json()["results"]} <= set(mine)


def cursor_of(victim, path: str) -> str:
    """One that was given to the victim: for this list if it has two pages, else for her list of sessions."""
    with scope(victim.user.pk):
        actions.create_session(by=victim.user, name=victim.work.belongings.canary)
    her = Client(headers={"Authorization": f"Bearer {issue_pair(victim.user)['access']}"})
    for place in (own_address(path, victim), "/api/sessions/"):
        following = her.get(f"{place}?limit=1").json()["next"]
        if following:
            return parse_qs(urlsplit(following).query)["cursor"][0]
    raise AssertionError("no list of hers has two pages")
