"""`recon init`: write a commented recon.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recon.cli._common import is_interactive, output_options, talk
from recon.errors import UsageError

if TYPE_CHECKING:
    from recon.systems.begin import Begun


@click.command("init")
@output_options
@click.option(
    "--system",
    "specs",
    multiple=True,
    metavar="[NAME:]KIND[=VALUE,…]",
    help="A system: its platform and what that needs to be told, such as magento:adobe_commerce=https://shop.example. May be repeated.",
)
@click.option("--shop", metavar="DOMAIN", help="Short for --system shopify=DOMAIN, such as acme.myshopify.com.")
@click.option("--my-domain", metavar="DOMAIN", help="Short for --system salesforce=DOMAIN, such as acme.my.salesforce.com.")
@click.option("--title", default="recon", show_default=True, help="Name of the merchant, shown in reports.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("recon.toml"), show_default=True, help="File to write, - for stdout."
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
def command(specs: tuple[str, ...], shop: str | None, my_domain: str | None, title: str, output: Path, force: bool) -> None:
    """Write a commented recon.toml for any mix of shops, ERPs and Salesforce; asks only for what was not given."""
    from recon.config.template import Table, render
    from recon.snapshot.files import write_atomic

    if output.is_dir():
        raise UsageError(f"{output} is a folder.", "Name a file with --output.")
    if output.exists() and not force:
        raise UsageError(f"{output} exists already.", "Use --force to replace it, or --output for another name.")
    if any(c in title for c in '"\\') or any(ord(c) < 32 for c in title):
        raise UsageError("--title must not contain quotes, backslashes or control characters.")
    systems = _given([*specs, *([f"shopify={shop}"] if shop else []), *([f"salesforce={my_domain}"] if my_domain else [])])
    if not systems and is_interactive():
        systems = list(_asked())
    text = render(title, [Table(system.name, system.side, system.text) for system in systems])
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    write_atomic(output, text.encode())
    missing = [words for side, words in _SIDES.items() if not any(system.side == side for system in systems)]
    if missing:
        talk(f"Wrote {output} without {' and '.join(missing)}: add one under [systems.<name>] (docs/platforms), or use --force.")
    else:
        talk(f"Wrote {output}. Set the secrets that it names, then run `recon doctor`.")


_SIDES = {"shop": "a shop (--system)", "salesforce": "Salesforce (--my-domain)"}


def _given(specs: list[str]) -> list[Begun]:
    from recon.systems.begin import parse

    systems: list[Begun] = []
    for spec in specs:
        systems.append(parse(spec, [system.name for system in systems]))
    return systems


def _asked() -> Iterator[Begun]:
    """Ask for one system after the other until nothing is answered, then for Salesforce."""
    from recon.systems import registry
    from recon.systems.begin import make

    taken: list[str] = []
    kinds = [kind for kind in registry.platforms() if kind != "salesforce"]
    talk("Systems beside Salesforce: " + ", ".join(f"{kind} ({registry.example(kind).title})" for kind in kinds) + ".")
    while True:
        kind = click.prompt(
            "Platform (empty when done)", type=click.Choice(["", *kinds]), default="", show_default=False, show_choices=False, err=True
        )
        kind = kind or ("salesforce" if "salesforce" not in taken else "")
        if not kind:
            return
        values = [click.prompt(f"{ask.question}, such as {ask.example}", err=True) for ask in registry.example(kind).asks]
        system = make(kind, values, taken)
        taken.append(system.name)
        yield system
        if kind == "salesforce":
            return
