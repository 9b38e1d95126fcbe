"""The database's half of the signed claim (the other half is ``claims.py``)."""

from __future__ import annotations

from sessions_app.isolation.claims import FURTHEST_EXPIRY_SECONDS
from sessions_app.isolation.roles import GUESTS

# Every function is pinned to this path: nothing that a caller creates or sets can take a name's place.
PINNED = "SET search_path = pg_catalog, pg_temp"

# Apart, and made again where it is missing: a backup leaves the keys out.
KEY_TABLE = [
    "CREATE SCHEMA IF NOT EXISTS app_private",
    """
    CREATE TABLE IF NOT EXISTS app_private.claim_keys (
        kid text PRIMARY KEY,
        inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
        outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64),
        installed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "REVOKE ALL ON SCHEMA app_private FROM PUBLIC",
    "REVOKE ALL ON app_private.claim_keys FROM PUBLIC",
]
SCHEMAS = [
    "CREATE SCHEMA app",
    "REVOKE ALL ON SCHEMA app FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA app TO {', '.join(GUESTS)}",
    *KEY_TABLE,
]

# NULL without a claim, an error with a wrong one. The claim must have been valid when the transaction began, so a
# long transaction doesn't lose it half-way. Both MACs are hashed once more before they are compared: how long the
# comparison takes then says nothing about either. Nothing in the claim is read as anything but text before its MAC
# is right. In few expressions, because each is prepared anew in each transaction and every statement waits for it.
CURRENT_USER_ID = f"""
CREATE OR REPLACE FUNCTION app.current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED {PINNED}
AS $$
DECLARE
    claim text := current_setting('app.claims', true);
    inner_pad bytea;
    outer_pad bytea;
BEGIN
    IF claim IS NULL OR claim = '' THEN
        RETURN NULL;
    END IF;
    SELECT k.inner_pad, k.outer_pad INTO inner_pad, outer_pad
    FROM app_private.claim_keys k WHERE k.kid = split_part(claim, '|', 4);
    IF (CASE
        WHEN sha256(convert_to(right(claim, 64), 'UTF8')) = sha256(convert_to(encode(sha256(
            outer_pad || sha256(inner_pad || convert_to(left(claim, -65), 'UTF8'))), 'hex'), 'UTF8'))
        THEN to_timestamp(split_part(claim, '|', 3)::bigint) BETWEEN transaction_timestamp()
            AND clock_timestamp() + interval '{FURTHEST_EXPIRY_SECONDS} seconds'
        ELSE false END)
    THEN
        RETURN split_part(claim, '|', 1)::uuid;
    END IF;
    RAISE EXCEPTION 'claim refused' USING ERRCODE = '28000';
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

GRANTS = [
    "REVOKE ALL ON FUNCTION app.current_user_id() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION app.current_user_id() TO {', '.join(GUESTS)}",
]

INSTALL = [*SCHEMAS, CURRENT_USER_ID, *GRANTS]
REMOVE = ["DROP FUNCTION app.current_user_id()", "DROP SCHEMA app_private CASCADE", "DROP SCHEMA app"]
