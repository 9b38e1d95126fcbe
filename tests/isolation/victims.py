"""Two people for attacks over HTTP: one with finished work, one who wants to see it."""

import secrets

from django.db import transaction
from django.test import Client

from assistant import actions as conversations
from assistant import sharing
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation import testing
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import owner_prefix
from sessions_app.models import Event, User
from sessions_app.storage import delete_under
from tests import work
from tests.isolation.rows import battle_rows

PASSWORD = "seven green bicycles 9"


class Victim:
    """Bola, whose work is finished and hers alone."""

    def __init__(self) -> None:
        self.user = testing.make_user(password=PASSWORD)
        self.work = work.finished_work(self.user)
        with scope(self.user.pk):
            self.conversation = conversations.start_conversation(by=self.user, session=self.work.session)
            self.turn = conversations.begin_turn(
                by=self.user, conversation=self.conversation, text=self.work.belongings.canary
            )
            with transaction.atomic():
                self.battle = battle_rows(self.user, self.work.session, self.work.belongings.canary)[0]
            self.link, _ = sharing.share(by=self.user, conversation=self.conversation, days=7)

    @property
    def canary(self) -> bytes:
        return self.work.belongings.canary.encode()

    def addresses(self) -> list[str]:
        """Where her things are, as pages and in the API."""
        session, result, file = self.work.session.pk, self.work.risk.pk, self.work.artifact.pk
        return [
            f"/sessions/{session}/data/",
            f"/sessions/{session}/results/{result}/wards/",
            f"/sessions/{session}/results/{result}/map/",
            f"/files/{file}/download/",
            f"/api/sessions/{session}/",
            f"/api/sessions/{session}/files/",
            f"/api/results/{result}/",
            f"/api/results/{result}/wards/",
            f"/api/results/{result}/map.geojson",
            f"/api/files/{file}/download/",
            f"/sessions/{session}/chat/{self.conversation.pk}/",
            f"/sessions/{session}/chat/{self.conversation.pk}/turns/{self.turn.pk}/",
            f"/api/conversations/{self.conversation.pk}/turns/",
            f"/api/turns/{self.turn.pk}/",
            f"/arena/{self.battle.pk}/",
            f"/arena/?session={session}",
            f"/api/battles/{self.battle.pk}/",
            f"/sessions/{session}/dhis2/",
            f"/api/sessions/{session}/dhis2-logins/",
            f"/sessions/{session}/chat/history/",
            f"/sessions/{session}/chat/{self.conversation.pk}/share/",
            f"/sessions/{session}/chat/{self.conversation.pk}/transcript/?as=html",
            f"/api/conversations/{self.conversation.pk}/transcript/?as=json",
            f"/api/sessions/{session}/conversations/",
        ]


class Attacker:
    """Ayo, who has an account like everybody else."""

    def __init__(self) -> None:
        self.user = testing.make_user(password=PASSWORD)
        self.pages = signed_in(self.user)
        self.api = Client(headers={"Authorization": f"Bearer {issue_pair(self.user)['access']}"})

    def attempts(self) -> list[Event]:
        """What the system noted about this person's tries."""
        mine = Event.objects.using("owner").filter(actor=self.user.pk, verb="isolation.attempt")
        return list(mine.order_by("at"))


def signed_in(user: User, password: str = PASSWORD, **options: object) -> Client:
    address = ".".join(["127", *(str(secrets.randbelow(250) + 2) for _ in range(3))])
    client = Client(REMOTE_ADDR=address, **options)
    answer = client.post("/accounts/sign-in/", {"email": user.email, "password": password})
    assert answer.status_code == 302, answer.content
    return client


def forget(*users: User) -> None:
    testing.forget(*users)
    for user in users:
        delete_under(owner_prefix(user.pk))


def content_of(answer) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content
