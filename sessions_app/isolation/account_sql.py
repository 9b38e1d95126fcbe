"""Functions and rules of accounts that came after the wall was first built: provider sign-ins, quotas, old events."""

from __future__ import annotations

from sessions_app.isolation.claim_sql import PINNED
from sessions_app.isolation.roles import SYSTEM, WEB

DEFINER = f"SECURITY DEFINER {PINNED}"
SHORTEST_MEMORY_DAYS = 90

# Active or not: whoever signs in is told that the account is closed only after the provider has vouched for them.
LINKED_SIGN_IN_OWNER = f"""
CREATE FUNCTION app.linked_sign_in_owner(asked_hash text) RETURNS uuid LANGUAGE sql STABLE {DEFINER}
AS $$ SELECT s.owner_id FROM public.sessions_app_linkedsignin s WHERE s.subject_hash = asked_hash $$
"""  # noqa: S608  # nosec B608  # role and path are constants

GUARD_QUOTA = f"""
CREATE FUNCTION app.guard_quota() RETURNS trigger LANGUAGE plpgsql {PINNED}
AS $$
BEGIN
    IF current_user = '{WEB}' THEN
        IF TG_OP = 'INSERT' AND NEW.storage_quota_mb IS NOT NULL THEN
            RAISE EXCEPTION 'nobody gives themselves room' USING ERRCODE = '42501';
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.storage_quota_mb IS DISTINCT FROM OLD.storage_quota_mb THEN
            RAISE EXCEPTION 'nobody gives themselves room' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""

# No role may delete events. This deletes old ones for maintenance, and never young ones, whatever it is asked; what tells
# of attacks, of deleted accounts and of accepted notices stays.
FORGET_OLD_EVENTS = f"""
CREATE FUNCTION app.forget_old_events(days integer) RETURNS bigint LANGUAGE plpgsql {DEFINER}
AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM public.sessions_app_event e
    WHERE e.at < now() - make_interval(days => greatest(days, {SHORTEST_MEMORY_DAYS}))
        AND e.verb NOT LIKE 'isolation.%' AND e.verb NOT IN ('account.deleted', 'privacy.accepted');
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

INSTALL = [
    LINKED_SIGN_IN_OWNER,
    GUARD_QUOTA,
    FORGET_OLD_EVENTS,
    "REVOKE ALL ON FUNCTION app.linked_sign_in_owner(text), app.guard_quota(), app.forget_old_events(integer) FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION app.linked_sign_in_owner(text) TO {WEB}",
    f"GRANT EXECUTE ON FUNCTION app.forget_old_events(integer) TO {SYSTEM}",
    "CREATE TRIGGER guard_quota BEFORE INSERT OR UPDATE ON sessions_app_user"
    " FOR EACH ROW EXECUTE FUNCTION app.guard_quota()",
]
REMOVE = [
    "DROP TRIGGER guard_quota ON sessions_app_user",
    "DROP FUNCTION app.linked_sign_in_owner(text), app.guard_quota(), app.forget_old_events(integer)",
]
