"""The command line as a person meets it: help, mistakes, exit codes, pipes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from recon.cli import app, run
from recon.cli._common import echo_table
from recon.errors import AuthError, ConfigError, ExitCode, LockedError, PlanError, ReconError, RuleError, StoreError
from recon.systems import begin, registry

RECON = [sys.executable, "-m", "recon"]


def recon(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RECON, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_no_command_shows_help_and_exits_2(tmp_path: Path) -> None:
    result = recon(cwd=tmp_path)
    assert result.returncode == 2
    assert "Commands:" in result.stdout + result.stderr


def test_version_and_help_work_with_a_broken_config(tmp_path: Path) -> None:
    (tmp_path / "recon.toml").write_text("broken [")
    assert recon("--version", cwd=tmp_path).stdout.startswith("recon 0.")
    for name in app.list_commands(click.Context(app)):
        result = recon(name, "--help", cwd=tmp_path)
        assert result.returncode == 0, name
        assert result.stdout.startswith("Usage: recon"), name


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["snpashot"], 2, "Did you mean `recon snapshot`?"),
        (["snapshot", "--sicne", "x"], 2, "--since"),
        (["snapshot"], 2, "recon.toml does not exist. Make one with `recon init`"),
        (["snapshot", "--since", "2026-13-01"], 2, "no date or time"),
        (["snapshot", "-c", "."], 2, "is not a file"),
        (["config", "check"], 2, "does not exist"),
        (["config", "shwo"], 2, "shwo"),
        (["init", "--shop", "evil.example"], 2, "acme.myshopify.com"),
        (["init", "--shop", "acme.myshopify.com.evil.example"], 2, "acme.myshopify.com"),
        (["init", "--title", 'a"b'], 2, "--title"),
        (["init", "--force", "--output", "."], 2, "is a folder"),
    ],
)
def test_mistake_is_one_sentence_and_exits_2(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    result = recon(*arguments, cwd=tmp_path)
    assert (result.returncode, "Traceback" in result.stderr) == (code, False)
    assert said in result.stderr + result.stdout
    assert list(tmp_path.iterdir()) == []


def test_init_writes_a_file_that_check_accepts_and_never_replaces_one(tmp_path: Path) -> None:
    made = recon("init", "--shop", "acme.myshopify.com", "--my-domain", "acme.my.salesforce.com", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "recon.toml").stat().st_mode & 0o777 == 0o600
    checked = recon("config", "check", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout
    again = recon("init", "--shop", "acme.myshopify.com", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_init_says_which_system_is_missing_and_writes_to_stdout(tmp_path: Path) -> None:
    made = recon("init", "--my-domain", "acme.my.salesforce.com", cwd=tmp_path)
    assert made.returncode == 0
    assert "without a shop (--system)" in made.stderr
    printed = recon("init", "--shop", "acme.myshopify.com", "--output", "-", cwd=tmp_path)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.startswith("# Settings of recon.")
    assert [path.name for path in tmp_path.iterdir()] == ["recon.toml"]


def test_init_writes_any_mix_of_systems_with_names_that_do_not_clash(tmp_path: Path) -> None:
    wanted = (
        "shopify=acme.myshopify.com", "outlet:shopify=outlet.myshopify.com", "adobe_commerce=shop.example", "woocommerce=https://a.example/store",
        "woocommerce=https://b.example", "bigcommerce=abc123xyz", "commerce_cloud=zzxy_prd,kv7kzm78,RefArch",
        "b2b_commerce=acme.my.salesforce.com", "database=erp.example,erp,recon", "files", "salesforce=https://acme.my.salesforce.com",
    )  # fmt: skip
    made = recon("init", *(word for spec in wanted for word in ("--system", spec)), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "recon.toml").read_text()
    systems = tomllib.loads(text)["systems"]
    assert list(systems) == [
        "shop", "outlet", "magento", "woo", "woo_2", "bigcommerce", "sfcc", "b2b", "erp", "erp_2", "salesforce",
    ]  # fmt: skip
    assert (systems["outlet"]["client_id"], systems["woo_2"]["consumer_key"]) == ("env:OUTLET_CLIENT_ID", "env:WOO_2_CONSUMER_KEY")
    assert '# woo_2 = "Woo_2_Order_Id__c"' in text
    checked = recon("config", "check", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("shopfy=acme.myshopify.com", "Did you mean shopify?"),
        ("database=erp.example", "database needs 3 values"),
        ("shop:woocommerce=", "woocommerce needs 1 values"),
        ("Shop 1:woocommerce=https://a.example", "cannot be the name of a system"),
        ('woocommerce=https://a.example"', "cannot be used"),
        ("bigcommerce=../x", "abc123xyz"),
    ],
)
def test_init_refuses_what_recon_toml_would_refuse(tmp_path: Path, spec: str, said: str) -> None:
    result = recon("init", "--system", spec, cwd=tmp_path)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_platform_has_an_example_that_its_settings_accept() -> None:
    for kind in registry.platforms():
        made = begin.make(kind, [ask.example for ask in registry.example(kind).asks], [])
        assert made.side == registry.side(kind)


def test_show_names_where_each_value_comes_from(tmp_path: Path) -> None:
    recon("init", "--shop", "acme.myshopify.com", cwd=tmp_path)
    shown = recon("config", "show", cwd=tmp_path, RECON_AUDIT__FAIL_ON="critical").stdout
    assert "RECON_AUDIT__FAIL_ON" in shown
    assert "recon.toml:" in shown
    assert "env:SHOPIFY_CLIENT_SECRET" in shown


def test_unset_secret_exits_2_and_names_the_key(tmp_path: Path) -> None:
    recon("init", "--shop", "acme.myshopify.com", cwd=tmp_path)
    result = recon("snapshot", cwd=tmp_path)
    assert result.returncode == 2
    assert "SHOPIFY_CLIENT_" in result.stderr
    assert "Traceback" not in result.stderr


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m recon config schema | head -1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("a"), 2),
        (RuleError("a"), 3),
        (StoreError("a"), 3),
        (PlanError("a"), 4),
        (AuthError("a"), 5),
        (LockedError("a"), 75),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("customer data"), 3),
    ],
)
def test_every_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    @click.command("broken")
    def broken() -> None:
        raise error

    monkeypatch.setattr(type(app), "list_commands", lambda self, ctx: ["broken"])
    monkeypatch.setattr(type(app), "get_command", lambda self, ctx, name: broken)
    assert run(["broken"]) == code
    said = capsys.readouterr().err
    assert said.strip().startswith("recon: ")
    assert "customer data" not in said


def test_exit_codes_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs/exit-codes.md").read_text()
    for code in ExitCode:
        assert f"| {int(code)} |" in text


def test_every_error_class_has_a_code_of_the_contract() -> None:
    def walk(kind: type[ReconError]) -> list[type[ReconError]]:
        return [kind, *[deeper for child in kind.__subclasses__() for deeper in walk(child)]]

    assert {kind.exit_code for kind in walk(ReconError)} <= set(ExitCode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        result = subprocess.run(
            [*RECON, "config", "schema"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert result.returncode == 3
    assert result.stderr == "recon: Something cannot be written (No space left on device). Check permissions and free space.\n"


def test_a_table_shows_no_control_characters_and_never_cuts_its_last_column(capsys: pytest.CaptureFixture[str]) -> None:
    echo_table(("a", "b"), [("x" * 200 + "y", "\x1b[31mred\u202e" + "z" * 200)])
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out
    assert "y" not in out and "z" * 200 in out
