"""`make load`: many people at once on the real stack, while processes die. Ends with one table.

Exit status 0: nobody saw anything of anybody else, nothing that was acknowledged is lost, nothing was computed
twice, and every refusal said when to come back. Otherwise 1.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from chatmrpt.stack.folders import make_state_folder
from crowd.accounts import Account, make_accounts
from crowd.disturbance import disturb
from crowd.journey import Person
from crowd.search import look_into_valkey, search_everything
from crowd.stack import CrowdStack, crowd_stack
from crowd.tally import Tally

LONGEST_MINUTES = 60
# So many that each of the processes is met.
WARMING = 8
FIRST_LOOK_AFTER, LOOK_EVERY = 10.0, 60.0
# Of twenty people one at pages and one at programs.
CLEARING_UP = (9, 10)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--web", type=int, default=2, help="web processes")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--every", type=float, default=30, help="seconds between disturbances; 0 for none")
    parser.add_argument("--rounds", type=int, default=0, help="of each disturbance; 0 for no end")
    parser.add_argument("--minutes", type=float, default=LONGEST_MINUTES)
    parser.add_argument("--write", type=Path, help="also write the tables to this file")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="chatmrpt-crowd-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        with crowd_stack(Path(folder) / "state", web_processes=chosen.web, workers=chosen.workers) as stack:
            return drive(stack, chosen.users, chosen.every, chosen.minutes, chosen.rounds, chosen.write)


def drive(
    stack: CrowdStack, users: int, every: float, minutes: float, rounds: int = 0, write: Path | None = None
) -> int:
    owner = stack.services.database_url("owner")
    before = Tally(WARMING + 1)
    alone = people_of(stack, make_accounts(owner, WARMING + 1), before, first=60_000)
    costs = costs_of_one(stack, *alone.values())
    print(costs, flush=True)
    tally = Tally(users)
    people = people_of(stack, make_accounts(owner, users), tally)
    asyncio.run(together(stack, people, tally, every, minutes, rounds))
    tally.ended = time.monotonic()
    tally.add_search(before)
    settle(stack)
    search_everything(stack, people | alone, tally)
    text = f"{tally.table()}\n\n{tally.steps()}"
    print(text, flush=True)
    if write is not None:
        write.write_text(f"{costs}\n\n{text}\n")
    print("GOOD" if tally.good() else "NOT GOOD", flush=True)
    return 0 if tally.good() else 1


def people_of(stack: CrowdStack, accounts: list[Account], tally: Tally, first: int = 1) -> dict[str, Person]:
    """Each at an address of 127.0.0.0/8 of their own; every second one is a program, every tenth clears up at the end."""
    return {
        account.user_id: Person(
            account.email,
            address=f"127.{10 + number // 62_500}.{number // 250 % 250}.{number % 250 + 2}",
            kind="token" if number % 2 else "cookie",
            host=stack.host,
            port=stack.port,
            storage_port=stack.storage_port,
            tally=tally,
            clears_up=number % 20 in CLEARING_UP,
        )
        for number, account in enumerate(accounts, first)
    }


async def together(
    stack: CrowdStack, people: dict[str, Person], tally: Tally, every: float, minutes: float, rounds: int
) -> None:
    journeys = [asyncio.create_task(person.whole_journey()) for person in people.values()]
    disturber = asyncio.create_task(disturb(stack, tally, every, rounds)) if every else None
    watcher = asyncio.create_task(_tell(tally))
    looker = asyncio.create_task(_look_now_and_then(stack, people, tally))
    done, late = await asyncio.wait(journeys, timeout=minutes * 60)
    for task in filter(None, [disturber, watcher, looker, *late]):
        task.cancel()
    if late:
        tally.failures[f"not finished after {minutes:g} minutes"] += len(late)
    for task in done:
        task.result()
    for task in filter(None, [disturber, looker]):
        if task.done() and not task.cancelled():
            task.result()


async def _look_now_and_then(stack: CrowdStack, people: dict[str, Person], tally: Tally) -> None:
    """Valkey forgets: what stood in it for a minute is not there any more when everybody has finished."""
    cursor = 0
    await asyncio.sleep(FIRST_LOOK_AFTER)
    while True:
        cursor = await asyncio.to_thread(look_into_valkey, stack, people, tally, cursor)
        await asyncio.sleep(LOOK_EVERY)


async def _tell(tally: Tally) -> None:
    while True:
        await asyncio.sleep(15)
        words = f"{time.monotonic() - tally.begun:5.0f} s  {tally.finished}/{tally.users} finished, "
        words += f"{tally.requests} requests, {sum(tally.sent_away.values())} told to wait, "
        words += f"{sum(tally.failures.values())} errors, {len(tally.foreign)} foreign canaries"
        words += f" {tally.failures.most_common(2)}" if tally.failures else ""
        print(words, file=sys.stderr, flush=True)


def costs_of_one(stack: CrowdStack, measured: Person, *warming: Person) -> str:
    """CPU-seconds of the whole stack for each step of one journey, nobody else being there.

    Others have gone the same way before, so that every process has loaded its code.
    """

    async def warm_up() -> None:
        await asyncio.gather(*(person.whole_journey() for person in warming))

    asyncio.run(warm_up())
    spent: list[tuple[str, float]] = []

    async def step_by_step() -> None:
        mine = measured.belongings
        last = stack.cpu_seconds()

        def note(step: str) -> None:
            nonlocal last
            now = stack.cpu_seconds()
            spent.append((step, now - last))
            last = now

        await measured.sign_in()
        note("sign in")
        session = await measured.create_session(mine.session_name)
        note("create a session")
        table = await measured.upload(session, "ward_table", f"{mine.canary}.csv", mine.table)
        shapes = await measured.upload(session, "boundaries", f"{mine.canary}.geojson", mine.boundaries)
        note("upload two files")
        files = {"ward_table": table, "boundaries": shapes}
        dataset = await measured.compute(session, "dataset", files)
        note("match (worker, polls)")
        wanted = {"dataset": dataset, "variables": mine.variables}
        risk = await measured.compute(session, "risk", wanted)
        note("rank and draw (worker, polls)")
        await measured.read(session, risk)
        note("read table, map and pages")
        await measured.talk(session)
        note("ask two questions in words")
        await measured.download(risk)
        note("download")
        await measured.sign_out()
        note("sign out")

    asyncio.run(step_by_step())
    if measured.tally.failures:
        raise SystemExit(f"One person alone does not get through: {dict(measured.tally.failures)}")
    lines = [f"| {step:30} | {seconds:6.2f} |" for step, seconds in spent]
    total = f"| {'one whole journey':30} | {sum(seconds for _, seconds in spent):6.2f} |"
    return "\n".join(["| step | CPU-seconds |", "|---|---|", *lines, total])


def settle(stack: CrowdStack) -> None:
    """Give what was cancelled or interrupted a moment to end, so that what is left is left for good."""
    # What was committed by a process that died before it told a worker is published again after two minutes.
    for _ in range(240):
        with stack.services.superuser() as connection:
            row = connection.execute(
                "SELECT count(*) FROM sessions_app_analysisresult WHERE status IN ('queued', 'running')"
            ).fetchone()
        if not row or row[0] == 0:
            return
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
