"""Alice has an account, Bob is a stranger to her, Sade is staff. Rows are committed, as in real life.

Every test has client addresses of its own, so that no limit has to be relaxed for them.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from celery import current_app
from django.core import mail
from django.test import Client
from kombu import Exchange, Queue

from sessions_app.accounts import mails  # noqa: F401  (a worker knows its tasks)
from sessions_app.broker import UPKEEP_QUEUE
from sessions_app.isolation.testing import forget, give_roles
from sessions_app.models import Event, User

PASSWORD = "seven green bicycles 9"


@dataclass
class Person:
    user: User
    client: Client

    @property
    def email(self) -> str:
        return self.user.email

    def events(self, verb: str) -> list[Event]:
        return list(Event.objects.using("owner").filter(owner_id=self.user.pk, verb=verb))


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Database access without a surrounding transaction: other roles and processes see what is written."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def browser(committed: None) -> Callable[..., Client]:
    """A new browser at an address that no other test uses."""
    hosts = itertools.count(1)
    net = f"127.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}"

    def new(**options: object) -> Client:
        return Client(REMOTE_ADDR=f"{net}.{next(hosts)}", **options)

    return new


@pytest.fixture
def person(browser: Callable[..., Client]) -> Iterator[Callable[..., Person]]:
    """Make an account; `signed_in=True` gives its browser a session. All are removed at the end."""
    made: list[User] = []

    def make(
        name: str,
        *,
        signed_in: bool = True,
        staff: bool = False,
        superuser: bool = False,
        roles: Sequence[str] = (),
    ) -> Person:
        email = f"{name}-{secrets.token_hex(6)}@example.org"
        user = User.objects.create_user(email, PASSWORD, display_name=name.title())
        made.append(user)
        if staff or superuser:
            User.objects.using("owner").filter(pk=user.pk).update(is_staff=True, is_superuser=superuser)
        give_roles(user, *roles)
        client = browser()
        if signed_in:
            answer = client.post("/accounts/sign-in/", {"email": email, "password": PASSWORD})
            assert answer.status_code == 302, answer.content
        return Person(user, client)

    yield make
    forget(*made)


@pytest.fixture
def alice(person: Callable[..., Person]) -> Person:
    return person("alice")


@pytest.fixture
def bob(person: Callable[..., Person]) -> Person:
    return person("bob")


@pytest.fixture
def staff(person: Callable[..., Person]) -> Person:
    return person("sade", staff=True, roles=["User support"])


@pytest.fixture
def tokens(browser: Callable[..., Client]) -> Callable[[Person], dict[str, str]]:
    """Sign a person in to the API."""

    def ask(who: Person) -> dict[str, str]:
        answer = browser().post(
            "/api/token/", {"email": who.email, "password": PASSWORD}, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.fixture
def mails_sent(committed: None) -> Callable[[], int]:
    """Let a worker do what pages have put into the queue of mails: signatures, scopes and names are looked at as ever."""

    def work() -> int:
        done = 0
        with current_app.connection_for_read() as connection:
            line = connection.SimpleQueue(
                Queue(UPKEEP_QUEUE, Exchange(UPKEEP_QUEUE), routing_key=UPKEEP_QUEUE)
            )
            with suppress(line.Empty):
                while message := line.get_nowait():
                    message.ack()
                    task, (arguments, *_) = current_app.tasks[message.headers["task"]], message.payload
                    task.push_request(args=arguments, headers=message.headers, called_directly=False)
                    try:
                        task(*arguments)
                    finally:
                        task.pop_request()
                    done += 1
        return done

    work()
    mail.outbox.clear()
    return work


@pytest.fixture
def stored() -> Callable[[Person], User | None]:
    """The account as it stands in the database now."""

    def read(who: Person) -> User | None:
        return User.objects.using("owner").filter(pk=who.user.pk).first()

    return read


def bearer(pair: dict[str, str]) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {pair['access']}"}
