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
# comparison takes then says nothing about either.
CURRENT_USER_ID = f"""
CREATE FUNCTION app.current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED {PINNED}
AS $$
DECLARE
    claim text := current_setting('app.claims', true);
    part text[];
    expiry timestamptz;
    known app_private.claim_keys%ROWTYPE;
    expected bytea;
BEGIN
    IF claim IS NULL OR claim = '' THEN
        RETURN NULL;
    END IF;
    part := string_to_array(claim, '|');
    IF array_length(part, 1) <> 5 OR part[3] !~ '^[0-9]{{1,12}}$' THEN
        RAISE EXCEPTION 'claim refused' USING ERRCODE = '28000';
    END IF;
    SELECT * INTO known FROM app_private.claim_keys WHERE kid = part[4];
    IF NOT FOUND THEN
        RAISE EXCEPTION 'claim refused' USING ERRCODE = '28000';
    END IF;
    expected := sha256(known.outer_pad || sha256(
        known.inner_pad || convert_to(array_to_string(part[1:4], '|'), 'UTF8')));
    IF sha256(convert_to(part[5], 'UTF8')) <> sha256(convert_to(encode(expected, 'hex'), 'UTF8')) THEN
        RAISE EXCEPTION 'claim refused' USING ERRCODE = '28000';
    END IF;
    expiry := to_timestamp(part[3]::bigint);
    IF expiry < transaction_timestamp()
        OR expiry > clock_timestamp() + interval '{FURTHEST_EXPIRY_SECONDS} seconds' THEN
        RAISE EXCEPTION 'claim refused' USING ERRCODE = '28000';
    END IF;
    RETURN part[1]::uuid;
END
$$
"""

GRANTS = [
    "REVOKE ALL ON FUNCTION app.current_user_id() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION app.current_user_id() TO {', '.join(GUESTS)}",
]

INSTALL = [*SCHEMAS, CURRENT_USER_ID, *GRANTS]
REMOVE = ["DROP FUNCTION app.current_user_id()", "DROP SCHEMA app_private CASCADE", "DROP SCHEMA app"]
