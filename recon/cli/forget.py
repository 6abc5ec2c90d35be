"""`recon forget`: removes a person from everything that is kept."""

from __future__ import annotations

from dataclasses import asdict

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings
from recon.config.settings import Settings


@click.command("forget")
@with_settings
@json_option
@click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="Address of the person; may be given several times.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Id of a customer or order in any system; may be given several times.")
@click.option("--confirm", is_flag=True, help="Remove it; without this it is only shown where it is.")
def command(settings: Settings, as_json: bool, emails: tuple[str, ...], ids: tuple[str, ...], confirm: bool) -> None:
    """Remove a person from snapshots, history, reports, plans, journals and notices, and prove it by reading every file again.

    Customers and orders of all systems that belong to the person are found by the address or id and by the links between systems.
    Addresses, numbers, names, streets and days of birth are overwritten; ids, amounts and counts stay, so that nothing else changes.
    It cannot be taken back. The systems themselves are not touched: one that still holds the person tells of him again.
    """
    from recon.forget.run import forget
    from recon.snapshot.lock import WorkspaceLock

    with WorkspaceLock(settings.state_dir, "recon forget"):
        done = forget(settings, emails, ids, confirm=confirm, say=lambda text: talk(text, verbose=True))
    records = [(system, kind, one) for kind, found in (("customer", done.customers), ("order", done.orders)) for system, one in found]
    if as_json:
        emit_json(
            {
                "confirmed": done.confirmed,
                "records": [dict(zip(("system", "kind", "record_id"), row, strict=True)) for row in records],
                "places": [asdict(place) for place in done.places],
                "shared_values": done.shared,
                "files_proved": done.proved,
            }
        )
        return
    if not done.places:
        talk("Nothing that tells of this person is kept here.")
        return
    if records:
        echo_table(("system", "kind", "record"), records)
        click.echo()
    echo_table(("place", "what", "count"), [(place.place, place.what, f"{place.count:,}") for place in done.places], right=(2,))
    if done.shared:
        talk(f"{done.shared} values stand in records of others too; they go from the person's own records only.")
    if not confirm:
        talk("Nothing was removed. Say --confirm to remove it; it cannot be taken back.")
        return
    talk(f"Removed. {done.proved} files were read again, and none holds anything of it.")
    talk("What you wrote elsewhere (`recon trace --html`, `recon report --output`, mails, backups) is yours to remove.")
