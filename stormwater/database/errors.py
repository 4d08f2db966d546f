"""What can be wrong with the embedded server, each said so that a person can put it right."""

from stormwater.errors import UserError


class EmbeddedServerError(UserError):
    """The embedded server cannot be made, started or stopped."""
