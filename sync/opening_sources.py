"""The source that a command or task means: a directory, or the portal of the settings."""

from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from sync.contracts import CONTRACTS
from sync.sources.base import Source
from sync.sources.directory import DirectorySource


def configured_source(directory: str | Path | None = None) -> Source:
    """The directory given here or by STORMWATER_SYNC_DIRECTORY, else the portal at `settings.CKAN_URL`.

    Raises UserError for an address that is none.
    """
    directory = directory or settings.SYNC_DIRECTORY
    if directory:
        return DirectorySource(Path(directory), CONTRACTS)
    from sync.sources.portal import PortalSource  # noqa: PLC0415 - HTTP costs a quarter of a second, and nothing else needs it

    return PortalSource(
        settings.CKAN_URL,
        CONTRACTS,
        Path(settings.DATA_DIR) / "downloads",
        user_agent=f"StormwaterWatch/{version('stormwater-watch')} (+{settings.CONTACT})",
    )
