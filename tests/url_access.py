"""Walks every address as five people with every method. What each is answered stands in url_access.txt.

A line of the table is `route  METHOD  anonymous stranger owner staff disabled`; `*` stands for all methods that
were not named before it.
"""

import asyncio
import hashlib
import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from analysis.dhis2 import logins
from analysis.dhis2.login import Login
from analysis.models import RememberedColumns, RememberedName
from assistant import actions as conversations
from assistant import sharing
from assistant.models import Battle, Conversation, SharedLink, Turn
from assistant.streams.serve import Streams
from sessions_app import resumable
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation.scope import scope
from sessions_app.models import (
    AnalysisResult,
    AnalysisSession,
    Event,
    LinkedSignIn,
    RefreshGrant,
    StoredFile,
    User,
)
from sessions_app.privacy import exports
from tests import work
from tests.isolation.rows import battle_rows

TABLE = Path(__file__).with_name("url_access.txt")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = ("anonymous", "stranger", "owner", "staff", "disabled")
PASSWORD = "seven green bicycles 9"
# For everybody; its object is nowhere.
REFERENCE = uuid.UUID("5e7a0000-0000-4000-8000-00000000ae7a")
# Answered by the stream server, which has no resolver: assistant/streams/serve.py.
STREAMS = ("stream/<uuid:turn_id>/", "stream/health/")
Access = dict[tuple[str, str], tuple[int, ...]]


def routes() -> list[str]:
    """Every route of the resolver, as it is written there, and those of the stream server."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield here
            else:
                yield from walk(pattern, here)

    return sorted({*walk(get_resolver(), ""), *STREAMS})


def streamed(method: str, path: str, ticket: str) -> int:
    """What the stream server answers; the reader leaves at once."""
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(dict(message))

    async def ask() -> None:
        server = Streams()
        query = urlencode({"ticket": ticket}).encode()
        asked = {"type": "http", "method": method, "path": path, "query_string": query, "headers": []}
        await server(asked, receive, send)
        # It goes on listening for the next one: ended before its connections are, which it would make anew.
        listening = asyncio.all_tasks() - {asyncio.current_task()}
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        if server._valkey is not None:
            await server._valkey.connection_pool.disconnect()

    asyncio.run(ask())
    return int(answers[0]["status"])


def read_table() -> Access:
    table: Access = {}
    for line in TABLE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        route, method, *statuses = line.split()
        route = "" if route == "/" else route
        for one in METHODS if method == "*" else (method,):
            table.setdefault((route, one), tuple(map(int, statuses)))
    return table


def written(access: Access) -> str:
    lines = []
    for route in sorted({route for route, _ in access}):
        rest = [access[route, method] for method in METHODS]
        common = max(set(rest), key=rest.count)
        special = [(method, access[route, method]) for method in METHODS if access[route, method] != common]
        lines += [
            f"{route or '/':72} {name:6} {' '.join(map(str, statuses))}"
            for name, statuses in [*special, ("*", common)]
        ]
    return "\n".join(lines) + "\n"


@dataclass
class Spare:
    """A session that requests may destroy, what addresses name of it, and its rows as they were made."""

    session: AnalysisSession
    values: dict[str, object]
    rows: list[list[tuple[object, ...]]]


@dataclass
class Walk:
    """Five people and the belongings of one of them."""

    owner: User
    stranger: User
    staff: User
    disabled: User
    kept: work.Work

    def __post_init__(self) -> None:
        net = f"127.{secrets.randbelow(200) + 2}"
        self._hosts = (f"{net}.{number // 250}.{number % 250 + 1}" for number in range(60_000))
        issue_pair(self.owner)
        self.plan = work.computed(self.owner, work.asked_plan(self.owner, self.kept))
        for year in ("2023", "2024"):
            asked = {name: self.kept.risk.params[name] for name in ("dataset", "variables")} | {
                "period": year
            }
            work.computed(self.owner, work.ask_for(self.owner, self.kept.session, "risk", **asked))
        with scope(self.owner.pk), transaction.atomic():
            pictures = StoredFile.objects.filter(result=self.kept.risk, name__endswith=".svg")
            self.picture = pictures.values_list("name", flat=True)[0]
            self.rows = {
                "user": self.owner.pk,
                "analysissession": self.kept.session.pk,
                "storedfile": self.kept.artifact.pk,
                "analysisresult": self.kept.risk.pk,
                "refreshgrant": RefreshGrant.objects.get().pk,
                "event": Event.objects.filter(verb="session.created").get().pk,
                # The pages of parts of a ledger hold nothing else of it.
                "isolationattempt": uuid.uuid4(),
                "waitingresult": uuid.uuid4(),
                "referenceset": REFERENCE,
                "battle": battle_rows(self.owner, self.kept.session, self.kept.belongings.canary)[0].pk,
            }
        self.spare: Spare | None = None
        self.conversation: dict[str, object] = {}
        self.token = work.new_token(self.owner)
        self.rows["personaltoken"] = self.token.pk
        self.clients = {name: self.browser(name) for name in PEOPLE}
        # Disabled while signed in: the cookie stays, the account is closed.
        User.objects.using("owner").filter(pk=self.disabled.pk).update(is_active=False)

    def browser(self, name: str, **options: bool) -> Client:
        client = Client(REMOTE_ADDR=next(self._hosts), raise_request_exception=False, **options)
        user = getattr(self, name, None)
        if user is not None:
            answer = client.post("/accounts/sign-in/", {"email": user.email, "password": PASSWORD})
            if not options:
                assert answer.status_code == 302, answer.content
        return client

    def spare_browser(self, name: str) -> Client:
        """For requests that may end or change the sign-in of the browser that makes them."""
        if name in ("anonymous", "disabled"):
            client = Client(REMOTE_ADDR=next(self._hosts), raise_request_exception=False)
            client.cookies.update(self.clients[name].cookies)
            return client
        return self.browser(name)

    def open_again(self) -> None:
        closed = User.objects.using("owner").filter(pk=self.owner.pk, is_active=False)
        if closed.update(is_active=True):
            self.clients["owner"] = self.browser("owner")

    def path(self, route: str, *, fresh: bool = False) -> str:
        """An address of the owner's things; `fresh` ones may be destroyed. Only what it names is made."""
        # No address of a plan destroys it.
        of_a_plan = "/plans/<" in route
        values: dict[str, Any] = {}
        if "<" in route:
            values = self._fresh() if fresh and not of_a_plan else self._kept()
        values["other_id"] = self.plan.pk
        if of_a_plan:
            values |= {"result_id": self.plan.pk, "name": "map_coverage.svg"}
        if route.endswith("/files/<uuid:file_id>/delete/") and not fresh:
            values["file_id"] = self.kept.table.pk  # what a result left can't be deleted by itself
        if model := re.match(r"admin/\w+/(\w+)/<", route):
            of_a_conversation = model[1] == "conversation"
            values["object_id"] = values["conversation_id"] if of_a_conversation else self.rows[model[1]]
        plain = re.sub(r"\^\(\?P<app_label>(\w+)(\|\w+)*\)/\$", r"\1/", route)
        plain = plain.replace("(?P<url>.*)$", "no-such-page/")

        def value(match: re.Match[str]) -> str:
            known = values[match[1]]
            return str(known() if callable(known) else known)

        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, plain)

    def _kept(self) -> dict[str, object]:
        if not self.conversation:
            self.conversation = self._conversation(self.kept.session)
        return self._named(self.kept.session.pk, self.kept.artifact.pk, self.kept.risk.pk, self.token.pk) | {
            **self.conversation,
            **self._more(self.kept.session, "kept"),
        }

    def _more(self, session: AnalysisSession, word: str) -> dict[str, object]:
        """What few addresses name, made by whoever names it."""
        return {
            "upload_id": partial(self._upload, session),
            "login_id": partial(self._login, session),
            "export_id": self._export,
            "name_id": lambda: self._remembered(word)["name_id"],
            "columns_id": lambda: self._remembered(word)["columns_id"],
            "sign_in_id": partial(self._linked, word),
            "provider": "no-such-provider",
        }

    def _conversation(self, session: AnalysisSession) -> dict[str, object]:
        with scope(self.owner.pk):
            conversation = conversations.start_conversation(by=self.owner, session=session)
            turn = conversations.begin_turn(by=self.owner, conversation=conversation, text="hello")
            with transaction.atomic():
                battle = battle_rows(self.owner, session, self.kept.belongings.canary)[0]
            link, _ = sharing.share(by=self.owner, conversation=conversation, days=1)
        return {
            "conversation_id": conversation.pk,
            "turn_id": turn.pk,
            "battle_id": battle.pk,
            "link_id": link.pk,
        }

    def _fresh(self) -> dict[str, object]:
        """What may be destroyed: the same again until somebody has changed anything of it."""
        if self.spare is None or self._rows_of(self.spare.session) != self.spare.rows:
            if self.spare is not None:
                work.removed(self.owner, self.spare.session)
            self.spare = self._made_to_be_destroyed()
        return self.spare.values

    def _made_to_be_destroyed(self) -> Spare:
        _, session, table, boundaries = work.prepared(self.owner)
        files = {"ward_table": str(table.pk), "boundaries": str(boundaries.pk)}
        result = work.ask_for(self.owner, session, "dataset", **files)
        spare = partial(
            work.upload, self.owner, session, "ward_table", "spare.csv", self.kept.belongings.table
        )
        token = partial(work.new_token, self.owner)
        named = self._named(session.pk, lambda: spare().pk, result.pk, lambda: token().pk)
        named |= self._conversation(session) | self._more(session, "fresh")
        return Spare(session, named, self._rows_of(session))

    def _rows_of(self, session: AnalysisSession) -> list[list[tuple[object, ...]]]:
        """All that is known of a session, column by column."""
        paths = {
            AnalysisSession: "pk",
            StoredFile: "session",
            AnalysisResult: "session",
            Conversation: "session",
            Turn: "conversation__session",
            SharedLink: "conversation__session",
            Battle: "session",
        }
        with scope(self.owner.pk), transaction.atomic():
            return [
                list(model.objects.filter(**{path: session.pk}).order_by("pk").values_list())
                for model, path in paths.items()
            ]

    def _remembered(self, word: str) -> dict[str, object]:
        with scope(self.owner.pk), transaction.atomic():
            name, _ = RememberedName.objects.get_or_create(
                owner=self.owner, key=word, defaults={"name": word, "ward_code": "W", "ward_name": word}
            )
            columns, _ = RememberedColumns.objects.get_or_create(owner=self.owner, layout=word)
        return {"name_id": name.pk, "columns_id": columns.pk}

    def _login(self, session: AnalysisSession) -> object:
        with scope(self.owner.pk):
            address = "https://dhis2.example.org"
            return logins.keep_login(
                by=self.owner, session=session, address=address, login=Login(token="t")
            ).pk

    def _linked(self, word: str) -> object:
        digest = hashlib.sha256(f"{self.owner.pk} {word}".encode()).hexdigest()
        with scope(self.owner.pk), transaction.atomic():
            row, _ = LinkedSignIn.objects.get_or_create(
                owner=self.owner,
                issuer=f"https://{word}.example",
                subject_hash=digest,
                email=self.owner.email,
            )
        return row.pk

    def _export(self) -> object:
        """There is one at a time; another request finds it, or makes it anew once it was deleted."""
        with scope(self.owner.pk):
            return exports.request_export(by=self.owner)[0].pk

    def _upload(self, session: AnalysisSession) -> object:
        with scope(self.owner.pk):
            asked = {"kind": "ward_table", "name": "part.csv", "size_bytes": 3, "head_sha256": "0" * 64}
            return resumable.begin(by=self.owner, session=session, **asked)[0].pk

    def _named(self, session: object, file: object, result: object, token: object) -> dict[str, object]:
        return {
            "session_id": session,
            "file_id": file,
            "result_id": result,
            "token_id": token,
            "token": "no-such-link",
            "user_id": self.owner.pk,
            "object_id": self.owner.pk,
            "content_type_id": 1,
            "number": 1,
            "form": "csv",
            "reference_id": REFERENCE,
            "ward_code": f"{self.kept.belongings.canary}-00",
            "name": self.picture,
            "figure": "map_rank",
            "table": "table_outcomes",
        }
