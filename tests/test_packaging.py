"""The wheel holds everything that the checkout runs on."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = out.glob("*.whl")
    return path


def in_checkout(folder: str) -> set[str]:
    return {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_wheel_holds_every_rule_and_template(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("queries", "reports"):
        packed = {name.removeprefix(f"recon/{folder}/") for name in names if name.startswith(f"recon/{folder}/")}
        assert packed == in_checkout(folder)
        assert packed
    tests = {name.removeprefix("recon/rule_tests/") for name in names if name.startswith("recon/rule_tests/")}
    assert tests == {name for name in in_checkout("tests/rules") if name.endswith(".toml")}
    assert "recon/py.typed" in names
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.slow
def test_installed_wheel_lists_the_same_rules_and_templates(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin/python"
    site = next((folder / "lib").glob("python*/site-packages"))
    # Dependencies come from this environment, recon itself only from the wheel.
    here = next(path for path in sys.path if path.endswith("site-packages"))
    install = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, capture_output=True, timeout=120)
    (site / "dependencies.pth").write_text(here + "\n")
    program = (
        "import json, recon, recon.assets as a; print(recon.__file__); "
        "print(json.dumps([p.name for f in ('queries', 'reports') for p in a.folder(f).rglob('*') if p.is_file()]))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    shown = subprocess.run(
        [str(python), "-c", program], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert shown[0].startswith(str(site))
    assert shown[1].count('"') // 2 == len(in_checkout("queries")) + len(in_checkout("reports"))
    listed = subprocess.run(
        [str(folder / "bin/recon"), "rules", "list", "--json"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    tested = subprocess.run(
        [str(folder / "bin/recon"), "rules", "test", "inventory.oversold", "--verbose"],
        cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert " cases" in tested.stderr
    rules = {
        path.relative_to(ROOT / "queries/rules").with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "queries/rules").rglob("*.sql")
        if not path.name.endswith(".fix.sql")
    }
    assert all(f'"{rule}"' in listed.stdout for rule in rules)
