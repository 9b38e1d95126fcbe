"""Clients of the two protocols, made for one turn and closed with it. Loaded by workers when a model is asked.

The address that is configured is the one that is called: redirects are not followed.
"""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

import httpx2
from anthropic import AsyncAnthropic
from django.conf import settings
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from assistant.language.configured import Configured

CONNECT_SECONDS = 5.0


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts: read once for all clients of a process, for reading them takes longer than all else of a client."""
    return httpx2.create_ssl_context()


@asynccontextmanager
async def client_of(model: Configured, sent: Callable[[int], None] | None = None) -> AsyncIterator[Model]:
    """The model behind its protocol. Refused connections, 429 and 5xx are tried again before a first byte came.

    `sent` is called with the number of characters of each request.
    """
    limits = settings.LANGUAGE_LIMITS

    async def count(request: httpx2.Request) -> None:
        if sent is not None:
            sent(len(request.content))

    timeout = httpx2.Timeout(limits["silence_seconds"], connect=CONNECT_SECONDS)
    async with httpx2.AsyncClient(
        timeout=timeout, follow_redirects=False, verify=_authorities(), event_hooks={"request": [count]}
    ) as http:
        if model.protocol == "anthropic":
            anthropic = AsyncAnthropic(
                api_key=model.key, base_url=model.url, http_client=http, max_retries=limits["retries"], timeout=timeout
            )  # fmt: skip
            yield AnthropicModel(model.model, provider=AnthropicProvider(anthropic_client=anthropic))
        else:
            openai = AsyncOpenAI(
                # Local servers want no key, the client does.
                api_key=model.key or "none", base_url=model.url, http_client=http, max_retries=limits["retries"],
                timeout=timeout,
            )  # fmt: skip
            provider = OpenAIProvider(openai_client=openai)
            # A stream that ends without a reason was cut off, however well the connection was closed.
            ends = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
            yield OpenAIChatModel(model.model, provider=provider, profile=ends)
