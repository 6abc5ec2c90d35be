"""`recon doctor`: a look before the leap."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain

import click

from recon.cli._common import emit_json, json_option, talk, with_settings
from recon.config.settings import Settings
from recon.errors import ExitCode

SYMBOLS = {"ok": "✓", "warn": "⚠", "fail": "✗"}


@click.command("doctor")
@with_settings
@json_option
@click.option("--only", multiple=True, metavar="SYSTEM", help="Look only at this system; may be repeated.")
@click.option("--fix", "for_fix", is_flag=True, help="Also look at what `recon fix` needs: its user, its rights, the keys of new records.")
def command(settings: Settings, as_json: bool, only: tuple[str, ...], for_fix: bool) -> int:
    """Try credentials, rights, fields, versions, clocks and budgets before anything is read.

    Each line is ok, warn or fail and says what to do. Ends with 5 when credentials or rights are missing,
    with 3 when something else fails.
    """
    from recon.snapshot.doctor import examine
    from recon.snapshot.run import latest
    from recon.warehouse.lookup import overlaps

    found = []
    checks = examine(settings, only, now=datetime.now(UTC), overlaps=overlaps(latest(settings.state_dir)))
    if for_fix:
        from recon.fix import rights

        checks = chain(checks, (("fix", check) for check in rights.examine(settings)))
    for name, check in checks:
        found.append((name, check))
        if not as_json:
            click.echo(f"{SYMBOLS[check.level]} {check.level:<4}  {name}: {check.subject} – {check.message}")
            if check.hint and check.level != "ok":
                click.echo(f"        → {check.hint}")
    if as_json:
        emit_json([{"system": name, "level": c.level, "subject": c.subject, "message": c.message, "hint": c.hint} for name, c in found])
    counts = {level: sum(check.level == level for _, check in found) for level in SYMBOLS}
    talk(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} to mend.")
    failed = [check for _, check in found if check.level == "fail"]
    if any(check.subject in {"credentials", "scopes", "rights", "org_id"} for check in failed):
        return int(ExitCode.ACCESS)
    return int(ExitCode.NO_VERDICT if failed else ExitCode.CLEAN)
