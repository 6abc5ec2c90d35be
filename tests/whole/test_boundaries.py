"""What comes from outside commands nothing: terminals, paths, files beside the snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recon.cli import run
from recon.errors import StoreError
from recon.snapshot.manifest import load

EVIL = "#1\x1b[2J\x1b]0;gotcha\x07\x9b31m\u202egnp.exe\r\nfake line"


@pytest.fixture
def workspace(merchant: Any) -> Path:
    """A judged workspace in which the number of a missing order is hostile."""
    merchant.audit(merchant.shop(merchant.order(1, EVIL)), merchant.org())
    path = merchant.settings.path
    path.write_text(
        'config_version = 1\n[systems.shop]\nkind = "shopify"\nshop = "acme.myshopify.com"\ntoken = "env:X"\n', encoding="utf-8"
    )
    return Path(path)


@pytest.mark.parametrize(
    "arguments", [["findings"], ["findings", "--json"], ["findings", "show"], ["report"], ["sql", "select * from orders"]]
)
def test_texts_of_records_never_command_the_terminal(
    workspace: Path, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", "secret")
    monkeypatch.chdir(workspace.parent)
    if arguments[-1] == "show":
        run(["findings", "--json"])
        arguments = [*arguments, json.loads(capsys.readouterr().out)[0]["finding_id"]]
    assert run(arguments) in (0, 1, 3)
    out, err = capsys.readouterr()
    for sign in "\x1b\x07\x9b\u202e\r":
        assert sign not in out + err, (arguments, sign)
    assert not any(line.startswith("fake line") for line in out.splitlines())
    if arguments[-1] == "--json":
        assert json.loads(out)[0]["label"] == EVIL, "the value itself is kept"


@pytest.mark.parametrize(
    "path", ["../other/part-0000.csv", "/etc/passwd", "shop/../../x.csv", "shop//x.csv", "", ".", "a\x00b", "..\\x.csv", "shop/./x.csv"]
)
def test_a_manifest_names_no_file_outside_its_folder(merchant: Any, path: str) -> None:
    folder = merchant.snapshot(merchant.shop(merchant.order(1)), merchant.org())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["systems"][0]["streams"][0]["files"][0]["path"] = path
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="inside the snapshot folder"):
        load(folder)


@pytest.mark.parametrize("base", ["../../elsewhere", "/tmp", "..", ".", ""])
def test_a_manifest_builds_on_no_folder_elsewhere(merchant: Any, base: str) -> None:
    folder = merchant.snapshot(merchant.shop(merchant.order(1)), merchant.org())
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "mode": "delta", "base": base}))
    with pytest.raises(StoreError, match="base"):
        load(folder)
