"""Handing messages to the workers' broker, and how many wait there."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb

import kombu.exceptions
from celery import current_app

# Where the results wait; periodic work and mails have a queue of their own, and so have turns of language models.
DEFAULT_QUEUE, UPKEEP_QUEUE = "celery", "upkeep"
CLIENT = {"kombu", "redis", "amqp", "celery"}


@contextmanager
def broker_in_use() -> Iterator[None]:
    """Whatever the client raises because its connection is gone leaves as kombu's OperationalError.

    Kombu's channel forgets its connection when the broker goes away at the wrong moment, and whoever uses the channel next
    finds None there. An AttributeError that arose in code of ours is a fault and stays one.
    """
    try:
        yield
    except AttributeError as error:
        *_, (innermost, _) = walk_tb(error.__traceback__)
        if str(innermost.f_globals.get("__name__")).partition(".")[0] not in CLIENT:
            raise
        raise kombu.exceptions.OperationalError("the connection to the broker was lost") from error


def queue_length(name: str) -> int:
    """Messages in a queue that no worker has taken; raises kombu's OperationalError when the broker is away."""
    with broker_in_use(), current_app.connection_for_read() as connection:
        # Not passive: then kombu asks whether there is such a key without our prefix, and finds none.
        return int(connection.default_channel.queue_declare(name).message_count)
