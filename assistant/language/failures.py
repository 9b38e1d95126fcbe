"""What can go wrong between us and a language model, as problems of the catalogue. Nothing a provider says is shown."""

import asyncio
from collections.abc import Iterator

import anthropic
import httpx2
import openai
from pydantic_ai import exceptions as agent

from sessions_app.problems import Problem

# Everything that asking a model may raise; the order is that of `problem_of`.
FAILURES = (
    agent.AgentRunError,
    agent.UserError,
    openai.OpenAIError,
    anthropic.AnthropicError,
    httpx2.HTTPError,
    asyncio.TimeoutError,
    # Broken JSON and fields of wrong types, which the protocols' clients let through.
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)
SLOW = (asyncio.TimeoutError, agent.ModelTimeoutError, openai.APITimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException)  # fmt: skip
BUSY = (agent.ModelRateLimitError, agent.ModelQuotaExceededError, agent.ModelOverloadedError)
AWAY = (agent.ModelConnectionError, agent.ModelServerError, agent.ModelUnavailableError, httpx2.ConnectError)
NOT_SET_UP = (agent.ModelAuthenticationError, agent.ModelNotFoundError, agent.UserError)


def problem_of(error: BaseException) -> Problem:
    """The sentence for the user; the cause goes to the log alone."""
    chain = list(_causes(error))
    for kinds, code in (
        (SLOW, "model_slow"),
        (BUSY, "model_busy"),
        (agent.UsageLimitExceeded, "model_too_long"),
        (NOT_SET_UP, "model_not_set_up"),
        (AWAY, "model_away"),
    ):
        if any(isinstance(one, kinds) for one in chain):
            return Problem(code)
    return Problem("model_broke_off")


def kinds_of(error: BaseException) -> str:
    """What happened, for the log: `ModelHTTPError(503) < InternalServerError(503)`."""
    return " < ".join(
        f"{type(one).__name__}({one.status_code if isinstance(one, agent.ModelHTTPError) else ''})"
        for one in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1
