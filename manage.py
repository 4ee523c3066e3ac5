#!/usr/bin/env python
"""Run a management command; a setting that is missing or wrong is one line, not a traceback."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"eightpoint: {error}")


if __name__ == "__main__":
    main()
