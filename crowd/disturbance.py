"""What goes wrong while the crowd works: killed processes, a restarted Valkey, connections that end."""

import asyncio
import random
from collections.abc import Callable

from crowd.stack import CrowdStack
from crowd.tally import Tally

FIRST_AFTER = 4.0
KINDS = frozenset({"web process killed", "worker killed", "connections ended", "Valkey restarted"})


async def disturb(stack: CrowdStack, tally: Tally, every: float, rounds: int) -> None:
    """One thing after the other, in turns; with `rounds` each that often, without until cancelled."""
    tally.expected = KINDS
    draw = random.Random(tally.users)
    things: list[tuple[str, Callable[[], object]]] = [
        ("web process killed", stack.kill_web_process),
        ("worker killed", lambda: stack.kill(draw.choice(stack.workers))),
        ("connections ended", stack.recycle_connections),
        ("Valkey restarted", stack.restart_valkey),
    ]
    await asyncio.sleep(FIRST_AFTER)
    done = 0
    while not rounds or done < rounds:
        done += 1
        draw.shuffle(things)
        for name, do in things:
            await asyncio.to_thread(do)
            tally.disturbances[name] += 1
            await asyncio.sleep(every * draw.uniform(0.6, 1.4))
