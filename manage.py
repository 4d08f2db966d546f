#!/usr/bin/env python
"""Run a command of the project: `python manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from stormwater.commands import errors_in_one_line


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")
    with errors_in_one_line(traceback="--traceback" in sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
