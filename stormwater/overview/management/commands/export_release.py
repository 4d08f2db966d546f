"""`manage.py export_release`: all public data as files of one moment, in a new folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from stormwater.commands import StormwaterCommand
from stormwater.overview.release import export_release
from stormwater.stopping import StopSignals


class Command(StormwaterCommand):
    """The folder is there when it is complete, and not before."""

    help = (
        "Write one gzip CSV per public table into a new folder, with a data dictionary, a manifest (rows, checksums, "
        "data versions, licence) and SHA256SUMS. A folder that exists is never written to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make")

    def handle(self, *args: Any, **options: Any) -> None:
        with StopSignals():  # whoever ends it leaves nothing half written behind
            release = export_release(folder=options["out"], say=self.stderr.write)
        self.stdout.write(
            f"{len(release.files)} tables with {release.rows:,} rows ({release.bytes / 1e6:,.1f} MB compressed) are in "
            f"{release.folder}, data version {release.data_version}."
        )
