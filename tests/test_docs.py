"""The documentation cannot lie: generated pages are current, and everything that exists is mentioned."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click

from recon.cli import app

ROOT = Path(__file__).resolve().parent.parent


def test_generated_pages_are_current() -> None:
    # A process of its own: click keeps what earlier tests did with a command.
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts/docs.py"), "--check"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_command_has_help_and_every_option_a_meaning() -> None:
    context = click.Context(app)
    for name in app.list_commands(context):
        command = app.get_command(context, name)
        assert command is not None and command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_links_between_pages_lead_somewhere() -> None:
    links = [
        (page, target)
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:", "mailto:"))
    ]
    assert [f"{page.relative_to(ROOT)} → {target}" for page, target in links if not (page.parent / target).exists()] == []


def test_readme_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make demo") < text.index("make test") < len(text) // 2
    assert len(text.splitlines()) <= 120


def test_every_platform_has_a_page() -> None:
    from recon.systems.registry import platforms

    for kind in platforms():
        assert (ROOT / f"docs/platforms/{kind}.md").is_file(), kind
