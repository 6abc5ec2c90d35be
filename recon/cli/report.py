"""`recon report`: render a run again."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click

from recon.cli._common import is_interactive, talk, with_settings
from recon.config.settings import Settings
from recon.report import FORMATS


@click.command("report")
@with_settings
@click.option("--run", "run_id", default=None, help="Run to render [default: the latest].")
@click.option("--format", "form", type=click.Choice(FORMATS), default="html", show_default=True, help="What to write.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default=None,
    help="File to write, - for stdout [default: the state folder].",
)
@click.option("--show-pii", is_flag=True, help="Show e-mail addresses, phone numbers and streets unmasked.")
@click.option(
    "--open",
    "open_when",
    type=click.Choice(["never", "on-findings", "always"]),
    default="on-findings",
    show_default=True,
    help="Open the page in a browser; only from a terminal.",
)
@click.option("--list", "list_runs", is_flag=True, help="List the runs in history instead, newest first.")
def command(
    settings: Settings, run_id: str | None, form: str, output: Path | None, show_pii: bool, open_when: str, list_runs: bool
) -> None:
    """Render a run again from history: one HTML file that needs no network, or the same numbers in another format.

    csv, xlsx, parquet and ndjson hold one finding a row; markdown is a summary of at most twenty lines; junit has one test per rule.

    Personal data is masked unless --show-pii or the settings say otherwise. The last line on stdout is the path of what was written.
    """
    from recon import report
    from recon.report import terminal
    from recon.report.files import write

    if list_runs:
        _list(settings)
        return
    shown = True if show_pii else None
    if output is None:
        path = report.write_all(settings, run_id, show_personal=shown, also=[form]).with_name(FORMATS[form])
        result = report.load(settings, run_id, show_personal=shown)[1]
    else:
        source, result = report.load(settings, run_id, show_personal=shown)
        chunks = report.render(settings, form, source, result)
        if str(output) == "-":
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        path = write(output.absolute(), chunks)
    for line in terminal.lines(result):
        talk(line)
    click.echo(str(path))
    if form == "html" and is_interactive() and (open_when == "always" or (open_when == "on-findings" and result.totals.open)):
        webbrowser.open(path.as_uri())


def _list(settings: Settings) -> None:
    from recon.audit import history

    runs = history.runs(settings.state_dir)
    for one in reversed(runs):
        click.echo(one)
    if not runs:
        talk("There is no run in the history yet. Start one with `recon run` or `recon audit`.")
