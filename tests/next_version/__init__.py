"""A version that does not exist yet: its migrations run beside the present one in a test."""
