"""`recon config`: check, show and describe recon.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recon.cli._common import config_option, echo_table, emit_json, json_option, output_options, talk
from recon.config.load import check_settings
from recon.errors import ExitCode


@click.group("config")
def command() -> None:
    """Check, show and describe the settings."""


@command.command("check")
@config_option
@output_options
@json_option
def check(config_path: Path, as_json: bool) -> int:
    """Name every problem of recon.toml: file, line, key, and the nearest known key."""
    from recon.systems.registry import settings_models

    _, problems = check_settings(config_path, settings_models())
    if as_json:
        emit_json([{"file": str(p.path), "line": p.line, "key": p.key, "message": p.message, "hint": p.hint} for p in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
    talk(f"{config_path}: {len(problems)} problem{'s' if len(problems) != 1 else ''}.")
    return int(ExitCode.USAGE if problems else ExitCode.CLEAN)


@command.command("show")
@config_option
@output_options
@json_option
def show(config_path: Path, as_json: bool) -> None:
    """Show every setting in force and where it comes from; secrets stay references."""
    from recon.config.show import effective
    from recon.systems.registry import settings_models

    rows = effective(config_path, settings_models())
    if as_json:
        emit_json([{"key": row.key, "value": row.value, "source": row.source} for row in rows])
        return
    echo_table(["setting", "value", "from"], [[row.key, row.value, row.source] for row in rows])


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of recon.toml, for editors."""
    from recon.config.show import json_schema
    from recon.systems.registry import settings_models

    data: dict[str, Any] = json_schema(settings_models())
    emit_json(data)
