"""One tiny question to a configured model, with nothing of anybody in it."""

import asyncio

from pydantic_ai import Agent
from pydantic_ai.settings import ModelSettings

from assistant.language.clients import client_of
from assistant.language.configured import configured
from assistant.language.failures import FAILURES, kinds_of

SECONDS = 30.0


def probe(name: str) -> str:
    """Empty when the model answers, else what happened, in classes and statuses alone."""
    model = configured(name)
    assert model is not None

    async def ask() -> None:
        async with asyncio.timeout(SECONDS), client_of(model) as client:
            await Agent(client, model_settings=ModelSettings(max_tokens=16)).run(
                "Answer with one word: ready?"
            )

    try:
        asyncio.run(ask())
    except FAILURES as error:
        return kinds_of(error)
    return ""
