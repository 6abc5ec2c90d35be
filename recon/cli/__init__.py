"""The command line: one module per command; reads arguments, prints, sets the exit code."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``recon``."""
    raise SystemExit(0)
