"""One person's way from sign-in to sign-out. Whoever is told to wait waits; whoever is cut off looks what was done."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from crowd.browser import Answer, Browser, CutOff, TooSlow
from crowd.canaries import WARDS, Belongings, canaries_in
from crowd.tally import Tally

PASSWORD = "twelve slow herons 7"
MOST_TRIES = 400
LEAST_PAUSE = 1.0
# Both are answered with wards by name, which hold their owner's canary.
QUESTIONS = ("top 3 wards by rainfall", "explain the map")


class Gone(Exception):
    """The journey can't go on; why stands in the tally."""


@dataclass
class Person:
    """`kind` is "cookie" for a browser with pages, "token" for a program with JWT."""

    email: str
    address: str
    kind: str
    host: str
    port: int
    storage_port: int
    tally: Tally
    belongings: Belongings = field(default_factory=Belongings)
    password: str = PASSWORD
    # Whether they delete everything at the end; what they had been given was read and compared before.
    clears_up: bool = False
    # Whether they look what was done after a 503, too. While the database is killed again and again, a commit may stand
    # that the web process did not hear of.
    wary: bool = False
    # What the system said it had taken: session, files and results by id, and in which session each of them lies.
    acknowledged: dict[str, str] = field(default_factory=dict)
    lies_in: dict[str, str] = field(default_factory=dict)
    # With a session everything that lies in it.
    deleted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.browser = Browser(self.host, self.port, self.address, self._look_at)
        self.draw = random.Random(self.belongings.canary)
        self.signed_in = False
        self.refresh = ""

    async def whole_journey(self) -> None:
        try:
            await self.sign_in()
            session = await self.create_session(self.belongings.session_name)
            spare = await self.create_session(f"Spare {self.belongings.canary}")
            table = await self.upload(
                session, "ward_table", f"{self.belongings.canary}.csv", self.belongings.table
            )
            shapes = await self.upload(
                session, "boundaries", f"{self.belongings.canary}.geojson", self.belongings.boundaries
            )
            dataset = await self.compute(session, "dataset", {"ward_table": table, "boundaries": shapes})
            wanted = {"dataset": dataset, "variables": self.belongings.variables}
            risk = await self.compute(session, "risk", wanted)
            await self.read(session, risk)
            await self.talk(session)
            await self.download(risk)
            await self.delete(spare)
            if self.clears_up:
                await self.delete(session)
                for place in (f"/api/results/{risk}/", f"/api/files/{table}/download/"):
                    self.expect(await self.ask("is it gone", "GET", place), 404)
            await self.sign_out()
        except Gone:
            return
        finally:
            self.browser.close()
        self.tally.finished += 1

    # Steps

    async def sign_in(self) -> None:
        if self.kind == "token":
            answer = await self.ask(
                "sign in", "POST", "/api/token/", body={"email": self.email, "password": self.password}
            )
            self.expect(answer, 200)
            self.browser.bearer, self.refresh = answer.json()["access"], answer.json()["refresh"]
        else:
            await self.ask("sign-in page", "GET", "/accounts/sign-in/")
            form = {"email": self.email, "password": self.password}
            answer = await self.ask("sign in", "POST", "/accounts/sign-in/", form=form)
            if "sessionid" not in self.browser.cookies:
                self._fail(f"sign-in answered {answer.status} without a session")
            await self.ask("session list", "GET", "/sessions/")
        self.signed_in = True

    async def sign_out(self) -> None:
        if self.kind == "token":
            answer = await self.ask("sign out", "POST", "/api/token/revoke/", body={"refresh": self.refresh})
        else:
            answer = await self.ask("sign out", "POST", "/accounts/sign-out/", form={})
        self.expect(answer, 200, 204, 205, 302)
        self.signed_in = False
        after = await self.ask("after sign-out", "GET", "/api/sessions/")
        self.expect(after, 401)

    async def create_session(self, name: str) -> str:
        async def there() -> str | None:
            listed = (await self.ask("session list", "GET", "/api/sessions/")).json()["results"]
            return next((row["id"] for row in listed if row["name"] == name), None)

        if self.kind == "token":
            answer = await self.once("create session", "POST", "/api/sessions/", there, body={"name": name})
            session = answer if isinstance(answer, str) else self.expect(answer, 201).json()["id"]
        else:
            answer = await self.once("create session", "POST", "/sessions/new/", there, form={"name": name})
            if isinstance(answer, Answer):
                found = re.search(r"/sessions/([0-9a-f-]{36})/", self.expect(answer, 302).headers["location"])
                session = found[1] if found else self._fail("no session in the address")
            else:
                session = answer
        self.acknowledged[session] = "session"
        return session

    async def upload(self, session: str, kind: str, name: str, content: bytes) -> str:
        address = f"/api/sessions/{session}/files/"

        async def there() -> str | None:
            listed = (await self.ask("file list", "GET", address)).json()["results"]
            return next((row["id"] for row in listed if row["kind"] == kind), None)

        if self.kind == "token":
            sent = {"form": {"kind": kind}, "file": ("file", name, content)}
            answer = await self.once("upload", "POST", address, there, **sent)
            file_id = answer if isinstance(answer, str) else self.expect(answer, 201).json()["id"]
        else:
            page = f"/sessions/{session}/data/upload/"
            sent = {"form": {"kind": kind}, "file": ("file", name, content)}
            answer = await self.once("upload", "POST", page, there, **sent)
            if isinstance(answer, Answer):
                self.expect(answer, 302)
            found = await there()
            file_id = found or self._fail(
                "an upload was taken and is not listed", lost=f"{kind} of {session}"
            )
        self.acknowledged[file_id], self.lies_in[file_id] = kind, session
        return file_id

    async def compute(self, session: str, kind: str, params: dict[str, Any]) -> str:
        result = await self.ask_for(session, kind, params)
        return await self._finished(session, result, kind)

    async def ask_for(self, session: str, kind: str, params: dict[str, Any]) -> str:
        """The key makes a repeated request harmless: it answers with the first one's result."""
        asked = {"kind": kind, "params": params}
        key = {"Idempotency-Key": f"{kind}-{self.belongings.canary}"}
        for _ in range(MOST_TRIES):
            answer = await self.ask(
                f"ask for {kind}",
                "POST",
                f"/api/sessions/{session}/results/",
                body=asked,
                headers=key,
                repeat=True,
            )
            if answer.status != 409 or answer.json()["code"] != "too_many_results":
                break
            # As many of theirs as may wait are waiting: nothing was taken, and they come back.
            self.tally.sent_away["409"] += 1
            await asyncio.sleep(self.draw.uniform(1, 3))
        result = self.expect(answer, 202, 201, 200).json()["id"]
        self.acknowledged[result], self.lies_in[result] = kind, session
        return result

    async def _finished(self, session: str, result: str, kind: str) -> str:
        pause = LEAST_PAUSE
        while True:
            await asyncio.sleep(pause * self.draw.uniform(0.8, 1.2))
            if self.kind == "cookie" and self.draw.random() < 0.3:
                page = f"/sessions/{session}/results/{result}/progress/"
                self.expect(await self.ask("progress page", "GET", page), 200, 204)
                continue
            told = self.expect(await self.ask("poll", "GET", f"/api/results/{result}/"), 200)
            # As it was told, as the page's own script does.
            answer, pause = told.json(), told.retry_after or LEAST_PAUSE
            if answer["status"] == "succeeded":
                return result
            if answer["status"] in ("failed", "cancelled"):
                error = answer.get("error") or {}
                self._fail(f"{kind} {answer['status']}: {error.get('code')} {error.get('detail', '')[:120]}")

    async def read(self, session: str, risk: str) -> None:
        mine = self.belongings
        wards = await self.ask(
            "wards", "GET", f"/api/results/{risk}/wards/?ordering=composite_rank&limit=100"
        )
        rows = self.expect(wards, 200).json()["results"]
        values = {row["ward_code"]: row["rainfall"] for row in rows}
        same = values.keys() == mine.rainfall.keys() and all(
            abs(values[code] - sent) < 1e-9 for code, sent in mine.rainfall.items()
        )
        if len(rows) != WARDS or not same:
            self._fail("the ward table is not the one that was uploaded")
        shapes = self.expect(await self.ask("map", "GET", f"/api/results/{risk}/map.geojson"), 200)
        self._must_be_mine(shapes, "the map")
        if self.kind == "cookie":
            for tab in ("wards", "map", "methods", "pca", "downloads"):
                page = await self.ask("result page", "GET", f"/sessions/{session}/results/{risk}/{tab}/")
                self._must_be_mine(self.expect(page, 200), f"the page {tab}")

    async def talk(self, session: str) -> None:
        """Ask in words, through pages or the API; answers of wards must hold an own one, and nobody else's."""
        if self.kind == "cookie":
            place = f"/sessions/{session}/chat/"
            for question in QUESTIONS:
                answer = await self.ask(
                    "chat turn, page", "POST", place, repeat=True, form={"text": question}
                )
                place = urlsplit(self.expect(answer, 302).headers["location"]).path
                page = self.expect(await self.ask("chat page", "GET", place), 200)
                self._must_be_mine(page, f"the answer to “{question}”")
            await self.share(place)
            return
        started = await self.ask(
            "start conversation", "POST", f"/api/sessions/{session}/conversations/", repeat=True, body={}
        )
        place = f"/api/conversations/{self.expect(started, 201).json()['id']}/turns/"
        for question in QUESTIONS:
            answer = await self.ask("chat turn, API", "POST", place, repeat=True, body={"text": question})
            turn = self.expect(answer, 201).json()
            if turn["status"] != "done" or not turn["results"]:
                self._fail(f"“{question}” was answered {turn['status']}: {turn['answer'][:120]}")
            self._must_be_mine(answer, f"the answer to “{question}”")

    async def share(self, conversation: str) -> None:
        """Make a link to a conversation, open it as whoever got it would, and take it back; look into the arena."""
        # A link that nobody saw, as the answer was cut off, opens nothing: another is made.
        made = await self.ask("share", "POST", f"{conversation}share/", repeat=True, form={"days": "7"})
        found = re.search(r"/shared/[\w-]+/", self.expect(made, 200).content.decode())
        link = found[0] if found else self._fail("no link in the answer")
        signed_in, self.browser = self.browser, Browser(self.host, self.port, self.address, self._look_at)
        try:
            self._must_be_mine(
                self.expect(await self.ask("shared link", "GET", link), 200), "the shared link"
            )
        finally:
            self.browser.close()
            self.browser = signed_in
        listed = self.expect(await self.ask("shared links", "GET", "/conversations/shared/"), 200)
        ids = set(re.findall(r"/conversations/shared/([0-9a-f-]{36})/revoke/", listed.content.decode()))
        if not ids:
            self._fail("a link that was made is not listed")
        for one in ids:
            revoked = await self.ask(
                "revoke link", "POST", f"/conversations/shared/{one}/revoke/", repeat=True, form={}
            )
            self.expect(revoked, 302)
        self.expect(await self.ask("revoked link", "GET", link), 410)
        for page in ("/arena/", "/arena/leaderboard/"):
            self.expect(await self.ask("arena", "GET", page), 200)

    async def download(self, risk: str) -> None:
        listed = self.expect(await self.ask("result", "GET", f"/api/results/{risk}/"), 200).json()[
            "artifacts"
        ]
        wanted = next((row for row in listed if row["name"] == "wards.csv"), None)
        if wanted is None:
            self._fail("the result has no wards.csv", lost=f"wards.csv of {risk}")
        address = f"/api/files/{wanted['id']}/download/"
        answer = self.expect(await self.ask("download", "GET", address), 200, 302)
        if answer.status == 302:
            answer = await self._from_storage(answer.headers["location"])
        self._must_be_mine(answer, "the download")

    async def _from_storage(self, location: str) -> Answer:
        parts = urlsplit(location)
        direct = Browser(self.host, self.storage_port, self.address, self._look_at)
        for _ in range(5):
            try:
                answer, seconds = await direct.request("GET", f"{parts.path}?{parts.query}")
                self.tally.requests += 1
                self.tally.served("object store", seconds)
                return self.expect(answer, 200)
            except CutOff:
                self.tally.cut_off["object store"] += 1
                await asyncio.sleep(1)
            finally:
                direct.close()
        raise self.failed("the object store cuts off")

    async def delete(self, session: str) -> None:
        async def gone() -> str | None:
            answer = await self.ask("is it gone", "GET", f"/api/sessions/{session}/")
            return session if answer.status == 404 else None

        if self.kind == "token":
            answer = await self.once("delete session", "DELETE", f"/api/sessions/{session}/", gone)
            self.expect(answer, 204)
        else:
            page = f"/sessions/{session}/delete/"
            self.expect(await self.once("delete session", "POST", page, gone, form={"sure": "on"}), 302)
        self.deleted |= {session, *(key for key, place in self.lies_in.items() if place == session)}
        if await gone() is None:
            self._fail("a deleted session is still there", lost=f"deletion of {session}")

    # How every step speaks

    async def ask(self, step: str, method: str, path: str, repeat: bool = False, **sent: Any) -> Answer:
        """An answer that counts. Waits when told to; repeats what may be repeated when it was cut off."""
        for _ in range(MOST_TRIES):
            try:
                answer = await self._ask_once(step, method, path, **sent)
            except CutOff:
                if method == "GET" or repeat or step == "sign in" or step == "sign out":
                    continue
                raise
            if answer is not None:
                return answer
        raise self.failed(f"{step}: sent away {MOST_TRIES} times")

    async def once(
        self, step: str, method: str, path: str, there: Callable[[], Awaitable[str | None]], **sent: Any
    ) -> Any:
        """For what must not be done twice: when cut off, look whether it was done before doing it again."""
        asked = self._ask_once if self.wary else self.ask
        for _ in range(MOST_TRIES):
            with suppress(CutOff):
                if answer := await asked(step, method, path, **sent):
                    return answer
            if done := await there():
                return done
        raise self.failed(f"{step}: cut off {MOST_TRIES} times")

    async def _ask_once(self, step: str, method: str, path: str, **sent: Any) -> Answer | None:
        self.tally.requests += 1
        try:
            answer, seconds = await self.browser.request(method, path, **sent)
        except CutOff:
            self.tally.cut_off[step] += 1
            await asyncio.sleep(self.draw.uniform(0.5, 2))
            raise
        except TooSlow:
            self._fail(f"{step}: no answer in time")
        if answer.status in (429, 503) and answer.retry_after is not None:
            self.tally.sent_away[str(answer.status)] += 1
            await asyncio.sleep(answer.retry_after + self.draw.uniform(0, 1))
            return None
        if answer.status == 401 and self.signed_in and self.refresh:
            await self._renew()
            return None
        if answer.status >= 500:
            self._fail(f"{step}: {answer.status} {answer.content[:200]!r}")
        self.tally.served(step, seconds)
        return answer

    async def _renew(self) -> None:
        """An access token lives 15 minutes. A renewal that was cut off can't be repeated: then sign in again."""
        self.browser.bearer, used, self.refresh = "", self.refresh, ""
        answer = None
        with suppress(CutOff):
            answer = await self.ask("renew token", "POST", "/api/token/refresh/", body={"refresh": used})
        if answer is not None and answer.status == 200:
            self.browser.bearer, self.refresh = answer.json()["access"], answer.json()["refresh"]
        else:
            await self.sign_in()

    def _look_at(self, answer: Answer) -> None:
        self.tally.searched["responses"] += 1
        for canary in self.belongings.foreign_in(answer.everything()):
            self.tally.foreign.append(f"{self.belongings.canary} was answered {canary}")

    def _must_be_mine(self, answer: Answer, what: str) -> None:
        if self.belongings.canary not in canaries_in(answer.content):
            self._fail(f"{what} holds nothing of its owner")

    def expect(self, answer: Answer | str, *statuses: int) -> Any:
        if isinstance(answer, Answer) and answer.status not in statuses:
            self._fail(f"{answer.status} instead of {statuses[0]}: {answer.content[:200]!r}")
        return answer

    def _fail(self, words: str, *, lost: str = "") -> NoReturn:
        raise self.failed(words, lost=lost)

    def failed(self, words: str, *, lost: str = "") -> Gone:
        self.tally.failures[words] += 1
        if lost:
            self.tally.lost.append(lost)
        return Gone(words)
