"""Looks at everything that an installation stands on, and says how to mend what is wrong. Changes nothing."""
