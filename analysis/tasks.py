"""What workers do for the analysis beside computing results."""

from celery import shared_task

from analysis.dhis2 import logins

MOST_AT_ONCE = 500


@shared_task(name="analysis.remove_expired_logins")
def remove_expired_logins() -> int:
    """Remove logins to DHIS2 servers whose time is up."""
    return logins.remove_expired(most=MOST_AT_ONCE)
