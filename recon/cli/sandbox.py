"""`recon sandbox`: the stand-ins of the demo merchant, served until interrupted."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from recon.cli._common import echo_table, output_options, talk


@click.command("sandbox")
@click.option(
    "--workspace", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True, help="Folder to work in."
)
@click.option(
    "--platforms", default="shopify", show_default=True, metavar="LIST",
    help="Kinds of shops, with commas between, or all; where the merchant is made.",
)  # fmt: skip
@click.option("--orders", type=click.IntRange(400, 200_000), help="Orders, where the merchant is made.  [default: 3000, or 1000 a shop]")
@click.option("--seed", type=int, default=7, show_default=True, help="Seed, where the merchant is made.")
@click.option("--healthy", is_flag=True, help="Without faults, where the merchant is made.")
@click.option("--fresh", is_flag=True, help="Make the merchant anew, also where the folder holds one.")
@output_options
def command(workspace: Path, platforms: str, orders: int | None, seed: int, healthy: bool, fresh: bool) -> None:
    """Serve made-up shops and an org over HTTPS on this machine, for trying recon out.

    Prints where they are and which settings read them. What was changed in them stays in the folder, and nothing new
    happens in them: a quarter of an hour after they were made, their last orders are rightly missing in Salesforce.
    """
    from recon.sandbox.merchant.platforms import chosen, usual_orders
    from recon.sandbox.merchant.stage import Stage

    kinds = chosen(platforms.split(","))
    orders = orders or usual_orders(kinds)
    with Stage(workspace, platforms=kinds, orders=orders, seed=seed, defects=not healthy, rebuild=fresh) as stage:
        places = [
            *stage.places,
            ("settings", str(stage.config)),
            ("certificate authority", str(stage.workspace / "ca.pem")),
            ("secrets", str(stage.workspace / "secrets")),
            ("what an audit has to find", str(stage.workspace / "truth.json")),
        ]
        echo_table(("what", "where"), places)
        with contextlib.suppress(KeyboardInterrupt):
            talk(f"Try `recon run --config {stage.config}`. Stop with Ctrl-C.")
            stage.wait()
