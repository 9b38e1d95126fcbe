"""When something happened, as the lists of staff sort by it."""

from django.db.models import DateTimeField, Func


class Moment(Func):
    """The same moment, as an expression with indexes of its own.

    An index on the plain column would serve staff as well; but PostgreSQL might also read it for a user's page, newest
    first through everybody's rows, and what a page costs would tell of others. No query of a user sorts by this.
    """

    template = "(%(expressions)s AT TIME ZONE 'UTC')"
    output_field = DateTimeField()
