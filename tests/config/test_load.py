"""recon.toml: every problem is named with file, line and key; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from recon.config.load import check_settings, default_settings, load_settings
from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings
from recon.config.show import effective, json_schema
from recon.errors import ConfigError
from recon.systems.registry import settings_models


class Toy(SystemSettings):
    kind: Literal["toy"] = "toy"
    token: SecretRef | None = None
    pages: int = Field(3, ge=1)


MODELS = {"toy": Toy}
GOOD = """
config_version = 1
title = "Acme"
[audit]
grace_minutes = 20
[systems.shop]
kind = "toy"
url = "https://localhost:8443"
token = "env:TOY_TOKEN"
[rules."order.total_drift"]
severity = "critical"
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "recon.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_good_file_gives_typed_settings(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD), MODELS)
    assert settings.audit.grace_minutes == 20
    assert settings.rules["order.total_drift"].severity == "critical"
    assert isinstance(settings.systems["shop"], Toy)
    assert settings.state_dir == tmp_path.resolve() / ".recon"


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_settings(path, MODELS).title == "Acme"


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, GOOD)
    monkeypatch.setenv("RECON_AUDIT__GRACE_MINUTES", "45")
    assert load_settings(path, MODELS).audit.grace_minutes == 45
    sources = {row.key: row.source for row in effective(path, MODELS)}
    assert sources["audit.grace_minutes"] == "RECON_AUDIT__GRACE_MINUTES"
    assert sources["audit.fail_on"] == "default"
    assert sources["title"] == f"{path}:3"
    assert sources["systems.shop.token"] == f"{path}:9"


def test_a_mapped_object_written_as_a_table_shows_its_line(tmp_path: Path) -> None:
    path = tmp_path / "recon.toml"
    head = 'config_version = 1\n[systems.sf]\nkind = "salesforce"\nurl = "https://acme.my.salesforce.com"\nclient_id = "abc"\n'
    path.write_text(head + 'client_secret = "env:SF"\n[systems.sf.mapping.orders]\nobject = "Order"\nfields.total = "Total__c"\n')
    sources = {row.key: row.source for row in effective(path, settings_models())}
    assert sources["systems.sf.mapping.orders.0.object"] == f"{path}:8"
    assert sources["systems.sf.mapping.orders.0.fields.total"] == f"{path}:9"


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        (GOOD.replace("grace_minutes", "grace_minuts"), 5, "audit.grace_minuts", "Did you mean grace_minutes?"),
        (GOOD.replace('kind = "toy"', 'kind = "toi"'), 7, "systems.shop.kind", "Did you mean toy?"),
        (GOOD.replace('kind = "toy"\n', ""), 6, "systems.shop.kind", "does not say its kind"),
        (GOOD.replace("[systems.shop]", '[systems."../shop"]'), 6, "systems.../shop", "no usable name"),
        (GOOD.replace("https://", "http://"), 8, "systems.shop.url", "https://host"),
        (GOOD.replace("https://localhost", "https://user@localhost"), 8, "systems.shop.url", "https://host"),
        (GOOD.replace("env:TOY_TOKEN", "s3cr3t-value"), 9, "systems.shop.token", "must name a secret"),
        (GOOD.replace('"critical"', '"criticl"'), 11, "rules.order.total_drift.severity", "'critical'"),
        (GOOD.replace("= 20", "= -1"), 5, "audit.grace_minutes", "greater than or equal to 0"),
        (GOOD.replace("= 20", "= nan"), 5, "audit.grace_minutes", "finite"),
        (GOOD.replace("config_version = 1", "config_version = 9"), 2, "config_version", "newer than this recon"),
        (GOOD + "[[waivers]]\nrule = 'x.y'\nowner = 'ann'\nuntil = 2027-01-01\n", 12, "waivers.0.reason", "required"),
        (GOOD + "pages = 0\n", 12, "rules.order.total_drift.pages", "is not a setting"),
        ("title = \n", 1, "", "not valid TOML"),
        ("a = 1\na = 2\n", 2, "", "not valid TOML"),
        ("systems = 3\n", 1, "systems", "must be tables"),
    ],
)
def test_problem_is_named(tmp_path: Path, text: str, line: int, key: str, said: str) -> None:
    path = write(tmp_path, text)
    _, problems = check_settings(path, MODELS)
    assert [(problem.line, problem.key) for problem in problems] == [(line, key)]
    assert said in str(problems[0])
    assert "s3cr3t" not in str(problems[0])
    with pytest.raises(ConfigError):
        load_settings(path, MODELS)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("title", "titel").replace('"toy"', '"nope"').replace('"critical"', '"bad"')
    _, problems = check_settings(write(tmp_path, text), MODELS)
    assert [problem.line for problem in problems] == [3, 7, 11]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("é".encode("latin-1"), "not UTF-8"),
        ("title = 'x'".encode("utf-16"), "not UTF-8"),
        (b"title = 'a\x00b'", "NUL"),
        (b"#" * 1_000_001, "larger than"),
    ],
)
def test_unreadable_content_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_settings(write(tmp_path, content), MODELS)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(tmp_path / "nothing.toml", MODELS)
    with pytest.raises(ConfigError, match="is not a file"):
        load_settings(tmp_path, MODELS)


def test_empty_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, ""), MODELS).audit.fail_on == "high"


def test_schema_knows_every_kind_and_key() -> None:
    schema = json_schema(MODELS)
    assert schema["$defs"]["system_toy"]["properties"]["pages"]["minimum"] == 1
    assert "grace_minutes" in schema["$defs"]["AuditSettings"]["properties"]
    assert "path" not in schema["properties"]


# -- the environment -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("RECON_AUDIT__FAILON", "Did you mean RECON_AUDIT__FAIL_ON?"),
        ("RECON_AUDIT_FAIL_ON", "Did you mean RECON_AUDIT__FAIL_ON?"),
        ("RECON_SYSTEMS__SHOP__URL", "Remove it"),
        ("RECON_PATH", ""),
        ("recon_titel", "Did you mean RECON_TITLE?"),
        ("RECON_TITLE__X", ""),
    ],
)
def test_a_variable_that_sets_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    monkeypatch.setenv(name, "critical")
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, GOOD), MODELS)
    assert f"The environment variable {name} is no setting." in str(caught.value) and hint in str(caught.value)
    assert "recon.toml" not in caught.value.message
    with pytest.raises(ConfigError, match=name):
        default_settings()


def test_variables_that_are_something_else_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECON_CONFIG", "RECON_TRACEBACK", "RECON_TOY_SECRET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("RECON_RULES", '{"order.total_drift": {"severity": "low"}}')
    settings = load_settings(write(tmp_path, GOOD.replace("env:TOY_TOKEN", "env:RECON_TOY_SECRET")), MODELS)
    assert settings.rules["order.total_drift"].severity == "low"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "RECON_AUDIT__GRACE_MINUTES",
            "soon",
            "variable RECON_AUDIT__GRACE_MINUTES is wrong: input should be a valid integer",
        ),
        ("RECON_AUDIT", '{"fail_on": "bad"}', "The environment variable RECON_AUDIT is wrong: "),
        ("RECON_AUDIT", "{", "The environment variable RECON_AUDIT holds no JSON"),
    ],
)
def test_a_bad_value_blames_the_variable_and_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, GOOD), MODELS)
    assert said in str(caught.value)
    assert "recon.toml:" not in str(caught.value)


def test_a_bad_value_of_the_file_still_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_AUDIT__FAIL_ON", "critical")
    with pytest.raises(ConfigError, match=r"recon.toml:5: audit.grace_minutes"):
        load_settings(write(tmp_path, GOOD.replace("grace_minutes = 20", "grace_minutes = -1")), MODELS)


def test_certificates_lie_relative_to_recon_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = write(tmp_path, GOOD.replace("[rules", 'ca_bundle = "certs/ca.pem"\n[rules'))
    monkeypatch.chdir(elsewhere)
    assert load_settings(path, MODELS).systems["shop"].ca_bundle == tmp_path.resolve() / "certs/ca.pem"
    path.write_text(GOOD.replace("[rules", 'ca_bundle = "/etc/ca.pem"\n[rules'))
    assert load_settings(path, MODELS).systems["shop"].ca_bundle == Path("/etc/ca.pem")
