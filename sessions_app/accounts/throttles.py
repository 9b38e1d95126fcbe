"""How often sign-in, sign-up and mails may be asked for: counted in Valkey, shared by every process.

A count that cannot be kept is a refusal (503), never an open door.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from sessions_app.isolation.cache import public_cache_key


class Limit(NamedTuple):
    name: str
    count: int
    seconds: int


# Who guesses one person's password from one place is stopped first; the wider limits stop those who
# change the address or the person. A success gives its tries back, so a busy office behind one address
# is counted by its mistakes only.
SIGN_IN_PAIR = Limit("sign-in", 10, 15 * 60)
SIGN_IN_ADDRESS = Limit("sign-in-address", 200, 15 * 60)
SIGN_IN_EMAIL = Limit("sign-in-email", 100, 60 * 60)
REFRESH_ADDRESS = Limit("refresh-address", 600, 15 * 60)
SIGN_UP_ADDRESS = Limit("sign-up-address", 30, 60 * 60)
MAIL_ADDRESS = Limit("mail-address", 30, 60 * 60)
MAIL_EMAIL = Limit("mail-email", 5, 60 * 60)
# Each step of a walk to a provider asks another machine.
PROVIDER_ADDRESS = Limit("provider-address", 120, 15 * 60)
DEMO_ADDRESS = Limit("demo-address", 20, 60 * 60)
# Each demo is computed; together they must leave room for those who have work to do.
DEMO_ALL = Limit("demo-all", 300, 60 * 60)
PASSWORD_AGAIN = Limit("password-again", 10, 15 * 60)

# One round trip and one atomic step: two processes can never both be the tenth.
_COUNT_ONE = """
local n = redis.call('INCR', KEYS[1])
if n == 1 or redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}
"""
_GIVE_BACK = """
local n = tonumber(redis.call('GET', KEYS[1]) or '0')
if n > 0 then return redis.call('DECR', KEYS[1]) end
return 0
"""


class TooManyTries(Exception):
    """The limit is used up; `retry_after` seconds from now there is room again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many tries. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class CountingUnavailable(Exception):
    """Tries cannot be counted now, so nothing that depends on the count is done."""


def client_address(request: HttpRequest) -> str:
    """The peer's address; a forwarded one only as far as our own proxies vouch for it."""
    proxies = getattr(settings, "TRUSTED_PROXY_COUNT", 0)
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies]
    return request.META.get("REMOTE_ADDR", "")


def take(limit: Limit, *parts: str) -> None:
    """Count one try or raise `TooManyTries`."""
    try:
        count, left_ms = get_redis_connection("default").eval(
            _COUNT_ONE, 1, _key(limit, parts), limit.seconds * 1000
        )
    except RedisError as error:
        raise CountingUnavailable from error
    if count > limit.count:
        raise TooManyTries(max(1, -(-left_ms // 1000)))


def give_back(limit: Limit, *parts: str) -> None:
    """Undo one `take`, after a try that turned out to be rightful."""
    try:
        get_redis_connection("default").eval(_GIVE_BACK, 1, _key(limit, parts))
    except RedisError as error:
        raise CountingUnavailable from error


def _key(limit: Limit, parts: tuple[str, ...]) -> str:
    # Keyed hash: the store never learns who tried, and no input can name another key.
    digest = salted_hmac("chatmrpt.throttle", "\x00".join(parts), algorithm="sha256").hexdigest()
    return public_cache_key("throttle", limit.name, digest)
