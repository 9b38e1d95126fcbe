"""One person who stores, says, renames, makes tokens and revokes them, deletes and chooses passwords, again and again.

What was acknowledged is noted, so that it can be held against what is there after everything was killed.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crowd.browser import Answer, Browser, CutOff
from crowd.canaries import Belongings
from crowd.journey import MOST_TRIES, Person

QUESTION = "top 3 wards by rainfall"
# What happens again and again, to everybody; a password is chosen more rarely, because hashing it takes long.
KINDS = frozenset({"stored", "said", "renamed", "token made", "token revoked", "session deleted"})
PASSWORD_EVERY = 5


@dataclass
class Changing:
    """A person, and what they were told of as done besides what `Person` notes."""

    person: Person
    done: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    # By turn: its session and its answer, or None where the answer was cut off.
    said: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    # Tokens by id; empty where the answer that held it was cut off.
    live: dict[str, str] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    passwords_before: list[str] = field(default_factory=list)
    _turn: int = 0
    _last: str = ""

    def __post_init__(self) -> None:
        self.person.wary = True

    async def work(self, stop: asyncio.Event) -> None:
        person = self.person
        await person.sign_in()
        while not stop.is_set():
            await self._once()
            await asyncio.sleep(person.draw.uniform(0.2, 1.0))
        person.browser.close()

    async def _once(self) -> None:
        """One session, and whatever else there is to do, in another order each time."""
        person = self.person
        # Other belongings each turn: a name is given once, so a second row of that name is a duplicate.
        person.belongings = Belongings(person.belongings.canary)
        session = await person.create_session(f"Turn {self._turn} {person.belongings.canary}")
        things = [partial(do, session) for do in (self._store, self._say, self._rename)]
        things.append(self._change_tokens)
        if self._turn % 2:
            # With all that lies in it, computed or not.
            things.append(partial(self._delete, self._last))
        if person.kind == "cookie" and self._turn % PASSWORD_EVERY == 2:
            things.append(self._choose_password)
        person.draw.shuffle(things)
        for thing in things:
            await thing()
        self._turn, self._last = self._turn + 1, session

    async def _store(self, session: str) -> None:
        person, turn = self.person, self._turn
        table = await person.upload(session, "ward_table", f"{turn}.csv", person.belongings.table)
        shapes = await person.upload(session, "boundaries", f"{turn}.geojson", person.belongings.boundaries)
        await person.ask_for(session, "dataset", {"ward_table": table, "boundaries": shapes})
        self.done["stored"] += 1

    async def _say(self, session: str) -> None:
        person, begun = self.person, f"/api/sessions/{session}/conversations/"

        async def conversation() -> str | None:
            listed = (await person.ask("conversation list", "GET", begun)).json()["results"]
            return listed[0]["id"] if listed else None

        answer = await person.once("start conversation", "POST", begun, conversation, body={})
        place = f"/api/conversations/{self._made(answer)}/turns/"

        async def turn() -> str | None:
            listed = (await person.ask("turn list", "GET", place)).json()
            return next((row["id"] for row in listed if row["question"] == QUESTION), None)

        answer = await person.once("chat turn, API", "POST", place, turn, body={"text": QUESTION})
        told = answer.json()["answer"] if isinstance(answer, Answer) else None
        self.said[self._made(answer)] = (session, told)
        self.done["said"] += 1

    async def _rename(self, session: str) -> None:
        name = f"Renamed {self._turn} {self.person.belongings.canary}"
        place = f"/api/sessions/{session}/"
        answer = await self.person.ask("rename session", "PATCH", place, repeat=True, body={"name": name})
        self.person.expect(answer, 200)
        self.names[session] = name
        self.done["renamed"] += 1

    async def _change_tokens(self) -> None:
        """Make one and revoke the one before; those of earlier turns, kills ago, are tried again."""
        person, name = self.person, f"token {self._turn}"

        async def made() -> str | None:
            listed = (await person.ask("token list", "GET", "/api/tokens/")).json()
            return next((row["id"] for row in listed if row["name"] == name), None)

        before, latest = list(self.live), list(self.revoked.values())[-1:]
        answer = await person.once("make token", "POST", "/api/tokens/", made, body={"name": name})
        token_id = self._made(answer)
        self.live[token_id] = answer.json()["token"] if isinstance(answer, Answer) else ""
        self.done["token made"] += 1
        for old in before:
            await self._must_be(self.live[old], 200)
            person.expect(await person.ask("revoke token", "DELETE", f"/api/tokens/{old}/", repeat=True), 204)
            self.revoked[old] = self.live.pop(old)
            self.done["token revoked"] += 1
            await self._must_be(self.revoked[old], 401)
        for token in latest:
            await self._must_be(token, 401)

    async def _delete(self, session: str) -> None:
        await self.person.delete(session)
        self.done["session deleted"] += 1

    async def _choose_password(self) -> None:
        person, old, new = self.person, self.person.password, f"{self._turn} slow herons chosen"
        form = {"password": old, "new_password": new}
        answer = None
        with suppress(CutOff):
            answer = await person.ask("change password", "POST", "/accounts/password/change/", form=form)
        if answer is not None and answer.headers.get("location") == "/accounts/profile/":
            person.password = new
        else:
            # Cut off, or asked again after it was: the new one holds, or else the old one does.
            person.password = new if await self._opens(new) else old
            person.browser.cookies.clear()
            await person.sign_in()
        if person.password == new:
            self.passwords_before.append(old)
            self.done["password chosen"] += 1

    async def prove(self) -> None:
        """After everything: what was revoked or replaced is refused, and what is left works."""
        person = self.person
        if not await self._opens(person.password):
            person.tally.lost.append(f"the password of {person.email}")
        if self.passwords_before and await self._opens(self.passwords_before[-1]):
            person.tally.lost.append(f"the change of password of {person.email}")
        for token in self.live.values():
            await self._must_be(token, 200)
        for token in list(self.revoked.values())[-5:]:
            await self._must_be(token, 401)
        person.browser.close()

    async def _opens(self, password: str) -> bool:
        body = {"email": self.person.email, "password": password}
        # As nobody: with an old access token the answer would be about that one.
        answer = await self._as_nobody("try password", "POST", "/api/token/", body=body)
        return answer.status == 200

    async def _must_be(self, token: str, status: int) -> None:
        """Whether a token is taken or refused. One that nobody ever saw can't be tried."""
        if not token:
            return
        headers = {"Authorization": f"Token {token}"}
        answer = await self._as_nobody("use token", "GET", "/api/sessions/?limit=1", headers=headers)
        if answer.status != status:
            self.person.tally.lost.append(
                f"{'revocation' if status == 401 else 'token'} of {self.person.email}"
            )

    async def _as_nobody(self, step: str, method: str, path: str, **sent: Any) -> Answer:
        """Asked without the person's cookies and bearer token, as often as it takes."""
        person = self.person
        browser = Browser(person.host, person.port, person.address, person.browser.look_at)
        try:
            for _ in range(MOST_TRIES):
                person.tally.requests += 1
                try:
                    answer, seconds = await browser.request(method, path, **sent)
                except CutOff:
                    person.tally.cut_off[step] += 1
                    await asyncio.sleep(person.draw.uniform(0.5, 2))
                    continue
                if answer.status in (429, 503) and answer.retry_after is not None:
                    person.tally.sent_away[str(answer.status)] += 1
                    await asyncio.sleep(answer.retry_after)
                    continue
                person.tally.served(step, seconds)
                return answer
        finally:
            browser.close()
        raise person.failed(f"{step}: sent away {MOST_TRIES} times")

    def _made(self, answer: Answer | str) -> str:
        """The id of what was made; of what was cut off, and then found, there is no more."""
        return answer if isinstance(answer, str) else str(self.person.expect(answer, 201).json()["id"])
