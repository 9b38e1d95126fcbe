"""A model at work under watch: cut off as soon as nobody wants its answer any more, and counted in any case."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from assistant.language import ledger
from assistant.language.failures import FAILURES
from assistant.language.rows import Rows
from assistant.language.talking import Stopped, Talk
from assistant.models import ModelReservation

PULSE_SECONDS = 1.0


async def watched(
    renewed: Callable[[], bool], held: ModelReservation, pulse: Rows, talk: Talk, prompt: str,
    history: list[tuple[str, str]],
) -> str:  # fmt: skip
    """The model's words. When `renewed` says that the work is no longer ours, the talk is cut off at once.

    What it has used is noted each second, so that it counts if this worker dies.
    """
    talking = asyncio.create_task(talk.answer(prompt, history))
    try:
        while True:
            done, _ = await asyncio.wait({talking}, timeout=PULSE_SECONDS)
            if done:
                return talking.result()
            if not await pulse(partial(_goes_on, renewed, held, talk.used.entered())):
                raise Stopped
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError, Stopped, *FAILURES):
            await talking


def _goes_on(renewed: Callable[[], bool], held: ModelReservation, used: dict[str, object]) -> bool:
    return renewed() and ledger.note(held, used)
