"""`recon init`: write a commented recon.toml."""

from __future__ import annotations

import re
from pathlib import Path

import click

from recon.cli._common import is_interactive, output_options, talk
from recon.errors import UsageError

_SHOP = re.compile(r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$")
_MY_DOMAIN = re.compile(r"^[a-z0-9][a-z0-9.-]*\.(my\.salesforce\.com|my\.salesforce\.mil|sfcrmproducts\.cn|my\.salesforce-setup\.com)$")


@click.command("init")
@output_options
@click.option("--shop", metavar="DOMAIN", help="Shopify domain, such as acme.myshopify.com.")
@click.option("--my-domain", metavar="DOMAIN", help="Salesforce My Domain, such as acme.my.salesforce.com.")
@click.option("--title", default="recon", show_default=True, help="Name of the merchant, shown in reports.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("recon.toml"), show_default=True, help="File to write, - for stdout."
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
def command(shop: str | None, my_domain: str | None, title: str, output: Path, force: bool) -> None:
    """Write a commented recon.toml; asks only for what was not given."""
    from recon.config.template import render
    from recon.snapshot.files import write_atomic

    if output.is_dir():
        raise UsageError(f"{output} is a folder.", "Name a file with --output.")
    if output.exists() and not force:
        raise UsageError(f"{output} exists already.", "Use --force to replace it, or --output for another name.")
    if any(c in title for c in '"\\') or any(ord(c) < 32 for c in title):
        raise UsageError("--title must not contain quotes, backslashes or control characters.")
    if shop is None and is_interactive():
        shop = click.prompt("Shopify domain (empty for none)", default="", show_default=False, err=True)
    if my_domain is None and is_interactive():
        my_domain = click.prompt("Salesforce My Domain (empty for none)", default="", show_default=False, err=True)
    shop_domain = _domain(shop, _SHOP, "--shop", "acme.myshopify.com")
    org_domain = _domain(my_domain, _MY_DOMAIN, "--my-domain", "acme.my.salesforce.com")
    text = render(title, shop_domain, org_domain)
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    write_atomic(output, text.encode())
    missing = [option for option, given in (("--shop", shop_domain), ("--my-domain", org_domain)) if not given]
    if missing:
        talk(f"Wrote {output} without {' and '.join(missing)}: add that system under [systems.<name>] (docs/platforms), or use --force.")
    else:
        talk(f"Wrote {output}. Set the secrets that it names, then run `recon doctor`.")


def _domain(value: str | None, pattern: re.Pattern[str], option: str, example: str) -> str | None:
    if not value:
        return None
    domain = value.strip().lower().removeprefix("https://").rstrip("/")
    if not pattern.match(domain):
        raise UsageError(f"{option} must be a domain such as {example}.")
    return domain
