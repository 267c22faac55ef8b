"""``python -m auditor`` is the ``audit`` command."""

from auditor.cli import cli

if __name__ == "__main__":
    cli()
