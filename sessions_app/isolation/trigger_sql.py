"""Rules that rights and policies can't express."""

from __future__ import annotations

from sessions_app.isolation.claim_sql import PINNED
from sessions_app.isolation.roles import OWNER, STAFF, WEB

GUARD_USER = f"""
CREATE FUNCTION app.guard_user() RETURNS trigger LANGUAGE plpgsql {PINNED}
AS $$
BEGIN
    IF current_user = '{WEB}' THEN
        IF TG_OP = 'INSERT' AND (NEW.is_staff OR NEW.is_superuser) THEN
            RAISE EXCEPTION 'nobody makes themselves staff' USING ERRCODE = '42501';
        END IF;
        IF TG_OP = 'UPDATE' AND (
            (NEW.is_staff AND NOT OLD.is_staff) OR (NEW.is_superuser AND NOT OLD.is_superuser)
            OR (NEW.is_active AND NOT OLD.is_active)
        ) THEN
            RAISE EXCEPTION 'nobody gives themselves rights' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""

# What was asked for never changes, and nothing changes any more once the computation has ended; but staff may let a
# failed one run again. They never say that one has succeeded.
GUARD_RESULT = f"""
CREATE FUNCTION app.guard_result() RETURNS trigger LANGUAGE plpgsql {PINNED}
AS $$
BEGIN
    IF current_user = '{OWNER}' THEN
        RETURN NEW;
    END IF;
    IF current_user = '{STAFF}' AND NEW.status <> OLD.status AND NEW.status NOT IN ('queued', 'cancelled') THEN
        RAISE EXCEPTION 'only a worker ends a computation' USING ERRCODE = '42501';
    END IF;
    IF OLD.status IN ('succeeded', 'failed', 'cancelled')
        AND NOT (current_user = '{STAFF}' AND OLD.status = 'failed' AND NEW.status = 'queued') THEN
        RAISE EXCEPTION 'a finished result never changes' USING ERRCODE = '23514';
    END IF;
    IF (NEW.id, NEW.owner_id, NEW.session_id, NEW.kind, NEW.params, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.session_id, OLD.kind, OLD.params, OLD.created_at) THEN
        RAISE EXCEPTION 'what a result was asked for never changes' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""

# A deleted account takes its events with it; that there was one, and what it tried, stays, as ids only.
FORGET_EVENTS = f"""
CREATE FUNCTION app.forget_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PINNED}
AS $$
BEGIN
    DELETE FROM public.sessions_app_event e
    WHERE e.owner_id = OLD.id AND e.verb NOT LIKE 'isolation.%' AND e.verb <> 'account.deleted';
    RETURN NULL;
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

INSTALL = [
    GUARD_USER,
    GUARD_RESULT,
    FORGET_EVENTS,
    "REVOKE ALL ON FUNCTION app.guard_user(), app.guard_result(), app.forget_events() FROM PUBLIC",
    "CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON sessions_app_user"
    " FOR EACH ROW EXECUTE FUNCTION app.guard_user()",
    "CREATE TRIGGER guard BEFORE UPDATE ON sessions_app_analysisresult"
    " FOR EACH ROW EXECUTE FUNCTION app.guard_result()",
    "CREATE TRIGGER forget_events AFTER DELETE ON sessions_app_user"
    " FOR EACH ROW EXECUTE FUNCTION app.forget_events()",
]
REMOVE = [
    "DROP TRIGGER forget_events ON sessions_app_user",
    "DROP TRIGGER guard ON sessions_app_analysisresult",
    "DROP TRIGGER guard ON sessions_app_user",
    "DROP FUNCTION app.guard_user(), app.guard_result(), app.forget_events()",
]
