"""What every command shares: settings, talk on stderr, data on stdout, errors as one sentence."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from recon.config.load import default_settings, load_settings
from recon.config.settings import SEVERITIES, Settings

F = TypeVar("F", bound=Callable[..., Any])


class Output:
    """Where talk goes: stderr unless --quiet, in more detail with --verbose, as text or as one JSON object a line."""

    quiet = False
    verbose = False
    as_json = False
    run_id: str | None = None
    """names the run in every JSON line, as soon as there is one"""


def talk(message: str, *, verbose: bool = False) -> None:
    """A line for the person who watches; never data."""
    if Output.quiet or (verbose and not Output.verbose):
        return
    _say("info", message)


def warn(message: str) -> None:
    """The same for what must be known to read the data rightly: also under --quiet."""
    _say("warning", message)


def complain(message: str) -> None:
    """Why a command ends without its result."""
    _say("error", message if Output.as_json else f"recon: {message}")


def _say(level: str, message: str) -> None:
    if not Output.as_json:
        click.echo("\n".join(map(plain, message.split("\n"))), err=True)
        return
    for line in filter(None, (line.strip() for line in message.split("\n"))):
        entry = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "level": level, "run_id": Output.run_id, "message": plain(line)}
        click.echo(json.dumps(entry, ensure_ascii=False), err=True)


def emit_json(data: Any) -> None:
    """Data on stdout as JSON: UTF-8, two spaces, stable; what would command a terminal is written as an escape."""
    text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    click.echo(_CONTROL.sub(lambda sign: sign.group() if sign.group() == "\n" else f"\\u{ord(sign.group()):04x}", text))


def echo_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """A plain table on stdout; ``right`` lists columns that are aligned to the right. Only the last column is never cut."""
    cells = [[_cell(value, cut=i < len(headers) - 1) for i, value in enumerate(row)] for row in rows]
    widths = [max(len(line[i]) for line in [list(headers), *cells]) for i in range(len(headers))]

    def text(line: Sequence[str]) -> str:
        return "  ".join(c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))).rstrip()

    click.echo(text(headers))
    click.echo(text(["-" * min(width, 80) for width in widths]))
    for line in cells:
        click.echo(text(line))


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would command a terminal or turn its line around; records may hold anything."""


def plain(text: str) -> str:
    """One line for a terminal: signs in it that would move the cursor, colour or turn the line are replaced, not obeyed."""
    return _CONTROL.sub("�", text.replace("\r", "").replace("\n", "⏎"))


def _cell(value: Any, *, cut: bool) -> str:
    if value is None:
        return "–"
    text = plain(str(value))
    return text if not cut or len(text) <= 80 else text[:79] + "…"


def is_interactive() -> bool:
    """True where a person watches: colours and progress bars make sense."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def output_options(function: F) -> F:
    """Adds --quiet, --verbose and --log-format."""

    @click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
    @click.option("--verbose", "-v", is_flag=True, help="Say more.")
    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="RECON_LOG_FORMAT",
        show_default=True,
        help="What is said on stderr: text, or one JSON object a line.",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, quiet: bool, verbose: bool, log_format: str, **kwargs: Any) -> Any:
        Output.quiet, Output.verbose, Output.as_json = quiet, verbose, log_format == "json"
        return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


def config_option(function: F) -> F:
    """Adds --config as ``config_path``."""
    option = click.option(
        "--config",
        "-c",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("recon.toml"),
        envvar="RECON_CONFIG",
        show_default=True,
        help="Settings of the workspace.",
    )
    return option(function)


def with_settings(function: F) -> F:
    """Adds --config, --quiet and --verbose; the command gets ``settings`` as its first argument."""

    @config_option
    @output_options
    @functools.wraps(function)
    def wrapper(*args: Any, config_path: Path, **kwargs: Any) -> Any:
        return function(read_settings(config_path), *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def with_settings_if_any(function: F) -> F:
    """The same for commands that also make sense without a workspace: without a recon.toml the defaults hold."""

    @config_option
    @output_options
    @functools.wraps(function)
    def wrapper(*args: Any, config_path: Path, **kwargs: Any) -> Any:
        source = click.get_current_context().get_parameter_source("config_path")
        nothing_there = source is click.core.ParameterSource.DEFAULT and not config_path.exists()
        return function(default_settings() if nothing_there else read_settings(config_path), *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def read_settings(path: Path) -> Settings:
    """Settings with the platforms of this installation; ConfigError names what is wrong."""
    from recon.systems.registry import settings_models

    return load_settings(path, settings_models())


def json_option(function: F) -> F:
    """Adds --json as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")(function)


def fail_on_option(function: F) -> F:
    """Adds --fail-on."""
    return click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        default=None,
        help="Severity from which the exit code is 1 [default: from recon.toml, high].",
    )(function)
