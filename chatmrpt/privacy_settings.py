"""What is kept how long, and what the privacy notice says about who runs this. Days; 0 keeps for good.

What only people know (where the machines stand, how long backups are kept) is empty or 0 until somebody says it, and the
notice then says that nobody has.
"""

from collections.abc import Mapping
from types import MappingProxyType

from chatmrpt.environment import Environment, WrongSetting

LONGEST_DAYS = 36_500
SHORTEST_EVENTS_DAYS = 90


def retention(env: Environment) -> Mapping[str, int]:
    """Days after which things are deleted by themselves."""
    events = env.integer("RETENTION_EVENTS_DAYS", 0, minimum=0, maximum=LONGEST_DAYS)
    if 0 < events < SHORTEST_EVENTS_DAYS:
        raise WrongSetting(
            "RETENTION_EVENTS_DAYS", f"expected 0 or at least {SHORTEST_EVENTS_DAYS}: events show misuse"
        )
    return MappingProxyType(
        {
            "inactive_sessions": env.integer(
                "RETENTION_INACTIVE_SESSIONS_DAYS", 0, minimum=0, maximum=LONGEST_DAYS
            ),
            "archived_sessions": env.integer(
                "RETENTION_ARCHIVED_SESSIONS_DAYS", 0, minimum=0, maximum=LONGEST_DAYS
            ),
            "events": events,
            "spent_tokens": env.integer("RETENTION_SPENT_TOKENS_DAYS", 30, minimum=0, maximum=LONGEST_DAYS),
            "exports": env.integer("RETENTION_EXPORTS_DAYS", 7, minimum=1, maximum=90),
            # Before somebody's own work is deleted, a mail goes to them this many days ahead.
            "warning": env.integer("RETENTION_WARNING_DAYS", 14, minimum=1, maximum=365),
        }
    )


def privacy(env: Environment) -> Mapping[str, str | int]:
    """Who runs this installation, and what they do outside it."""
    return MappingProxyType(
        {
            "operator": env.text("PRIVACY_OPERATOR", ""),
            "contact": env.text("PRIVACY_CONTACT", ""),
            "location": env.text("PRIVACY_LOCATION", ""),
            "backups_days": env.integer("PRIVACY_BACKUPS_DAYS", 0, minimum=0, maximum=LONGEST_DAYS),
            "logs_days": env.integer("PRIVACY_LOGS_DAYS", 0, minimum=0, maximum=LONGEST_DAYS),
        }
    )
