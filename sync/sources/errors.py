"""What can go wrong with a source. Every text is one sentence for the person who reads the run."""

from stormwater.errors import UserError


class SourceError(UserError):
    """The source cannot give what was asked for, and asking again would not help."""


class NotPublishedError(SourceError):
    """The portal answers properly, and says that it has no such resource or file."""


class DamagedFile(SourceError):  # noqa: N818 - named for the thing that came
    """A file came, but it is not the data: an error page, nothing at all, a broken archive.

    The run is held for it: readers keep the data that were published last.
    """


class TransportError(SourceError):
    """The way to the portal failed: connection, time limit, 429 or 5xx. A later try may succeed.

    `retry_after` is the number of seconds the portal asked us to wait, if it said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TruncatedBodyError(TransportError):
    """The portal said how long the file is, and ended before. If every try ends so, the run is held."""


class PortalUnreachableError(TransportError):
    """Not even an error came back: wrong address, no network, or the portal is down."""
