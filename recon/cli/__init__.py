"""The command line: one module per command; reads arguments, prints, sets the exit code.

Every module of this package that does not begin with an underscore is a command of that name and exposes ``command``.
"""

from __future__ import annotations

import difflib
import importlib
import os
import pkgutil
import signal
import sys
from typing import Any

import click

from recon import __version__
from recon.cli._common import Output, complain
from recon.errors import ExitCode, ReconError


class Commands(click.Group):
    """Finds commands by listing this package; imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"recon.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names its nearest neighbour."""
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean `recon {close[0]}`?" if close else " See `recon --help`."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="recon", message="%(prog)s %(version)s")
def app() -> None:
    """The independent auditor between your shops and Salesforce.

    Reads every system, tells what is missing, doubled, different or late, and shows it in a report.
    Exit codes: 0 clean, 1 findings, 2 usage or settings, 3 no verdict, 4 corrections not all done,
    5 credentials or permissions, 75 locked or quota spent, 130 interrupted.
    """


def main() -> None:
    """Entry point of ``recon``: turns every error into one sentence and an exit code of the contract."""
    os.umask(0o077)  # everything that is written may hold personal data
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    Output.as_json, Output.run_id = os.environ.get("RECON_LOG_FORMAT") == "json", None
    try:
        result: Any = app.main(arguments, prog_name="recon", standalone_mode=False)
        return int(result) if isinstance(result, int) else int(ExitCode.CLEAN)
    except ReconError as error:
        complain(str(error))
        return int(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return int(ExitCode.USAGE)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        complain(error.format_message())
        if context is not None and context.command_path:
            click.echo(f"Try `{context.command_path} --help`.", err=True)
        return int(ExitCode.USAGE)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted.")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # NOTE: the reader went away (`recon … | head`); writing more, even at exit, would raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.CLEAN)
    except OSError as error:
        return _no_file(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback and no customer data on a terminal
        return _unexpected(error)


def _no_file(error: OSError) -> int:
    """Disks fill and rights are missing anywhere; whoever writes knows the name of the file at most."""
    if os.environ.get("RECON_TRACEBACK"):
        raise error
    what = f"{error.filename} cannot be read or written" if error.filename else "Something cannot be written"
    complain(f"{what} ({error.strerror or type(error).__name__}). Check permissions and free space.")
    if not error.filename:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as above: what is still in the buffer cannot be written either
    return int(ExitCode.NO_VERDICT)


def _unexpected(error: Exception) -> int:
    if os.environ.get("RECON_TRACEBACK"):
        raise error
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "?"  # noqa: PTH119
    complain(
        f"An unexpected {type(error).__name__} stopped the command at {where}. Run it again with RECON_TRACEBACK=1 and report the trace."
    )
    return int(ExitCode.NO_VERDICT)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
