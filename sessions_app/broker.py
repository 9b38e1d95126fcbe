"""How many messages wait for the workers."""

from celery import current_app

# Where the results wait; periodic work and mails have a queue of their own, and so have turns of language models.
DEFAULT_QUEUE, UPKEEP_QUEUE = "celery", "upkeep"


def queue_length(name: str) -> int:
    """Messages in a queue that no worker has taken; raises kombu's OperationalError when the broker is away."""
    with current_app.connection_for_read() as connection:
        # Not passive: then kombu asks whether there is such a key without our prefix, and finds none.
        return int(connection.default_channel.queue_declare(name).message_count)
