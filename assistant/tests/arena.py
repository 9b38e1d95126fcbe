"""Three scripted models to compare, and what a person and a worker do with them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from django.db import transaction

from assistant.arena import actions, selectors, starting, tasks
from assistant.models import Battle, Entry, ModelCall
from assistant.tests.scripted import Say, Scripted, Step
from sessions_app.isolation.scope import scope

QUESTION = "Why are children under five most at risk?"
# Distinct words, so that a search for them finds nothing by chance.
VERSIONS = {"cedarname": "cedar-7b-instruct", "birchname": "birch-70b", "rowanname": "rowan-mini-2"}
TEXTS = {
    "cedarname": "Their bodies have not met the parasite yet.",
    "birchname": "Young children lack immunity.",
    "rowanname": "Immunity comes with years of exposure.",
}


@contextmanager
def models(
    settings, scripts: Mapping[str, list[Step]] | None = None, names=tuple(VERSIONS)
) -> Iterator[dict[str, Scripted]]:
    """Servers that say their text, or what a script of theirs says; configured in this order."""
    with ExitStack() as open_servers:
        servers = {}
        for name in names:
            script = (scripts or {}).get(name, [Say(TEXTS[name])])
            servers[name] = open_servers.enter_context(Scripted(script).running())
        settings.LANGUAGE_MODELS = {
            name: server.configured(model=VERSIONS[name])["tried"] for name, server in servers.items()
        }
        yield servers


def start(person, question: str = QUESTION) -> Battle:
    with scope(person.user.pk):
        return starting.start_on_question(by=person.user, question=question)


def entries_of(person, battle: Battle) -> list[Entry]:
    with scope(person.user.pk), transaction.atomic():
        return list(Entry.objects.filter(battle=battle).order_by("place"))


def worked(person, battle: Battle) -> Battle:
    """What the workers do: every entry that waits is answered, one after the other."""
    for entry in entries_of(person, battle):
        with scope(person.user.pk):
            tasks.answer_entry.run(str(entry.pk))
    return stored(person, battle)


def stored(person, battle: Battle) -> Battle:
    with scope(person.user.pk), transaction.atomic():
        return Battle.objects.get(pk=battle.pk)


def told(person, battle: Battle) -> dict:
    with scope(person.user.pk), transaction.atomic():
        return selectors.told(Battle.objects.get(pk=battle.pk))


def vote(person, battle: Battle, number: int, choice: str, reason: str = "") -> Battle:
    with scope(person.user.pk):
        return actions.cast_vote(by=person.user, battle=battle, number=number, choice=choice, reason=reason)


def vote_all(person, battle: Battle, choice: str = "left", reason: str = "") -> Battle:
    number = 1
    while stored(person, battle).status == "voting":
        vote(person, battle, number, choice, reason)
        number += 1
    return stored(person, battle)


def fought(person, question: str = QUESTION, choice: str = "left", reason: str = "") -> Battle:
    """A whole battle, to its end."""
    battle = worked(person, start(person, question))
    assert battle.status == "voting", [(e.status, e.error_code) for e in entries_of(person, battle)]
    return vote_all(person, battle, choice, reason)


def calls_of(person) -> list[ModelCall]:
    with scope(person.user.pk), transaction.atomic():
        return list(ModelCall.objects.order_by("created_at"))
