"""The examples of docs/operating.md: every command in them exists, every shell line parses, every file fits what it is for."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from recon.cli import app

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "operating"
COMMAND = re.compile(r"(?<![\w./-])(?:\S*/bin/)?recon ((?:run|report|notify|audit)\b[^|&;>\n\"}]*)")


def shell_of(name: str) -> str:
    """What a shell gets to see of an example."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    if name == "crontab":
        lines = [line for line in text.splitlines() if line and not line.startswith(("#", "MAILTO"))]
        return "\n".join(line.split(None, 5)[5].replace("\\%", "%") for line in lines)
    if name == "github-actions.yml":
        return "\n".join(step["run"] for step in yaml.safe_load(text)["jobs"]["audit"]["steps"] if "run" in step)
    if name == "airflow_dag.py":
        tree = ast.parse(text)
        return "\n".join(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and "recon r" in str(node.value))
    return text


def parsed(words: list[str]) -> click.Context:
    """The command line as click understands it, nothing run; raises where an option is unknown."""
    group, context = app, click.Context(app)
    command = group.get_command(context, words[0])
    assert command is not None, words[0]
    return command.make_context(words[0], words[1:], parent=context)


@pytest.mark.parametrize("name", ["crontab", "recon.service", "Containerfile", "github-actions.yml", "airflow_dag.py"])
def test_every_command_and_option_exists(name: str) -> None:
    found = COMMAND.findall(shell_of(name))
    assert found, "an example without a command of recon shows nothing"
    for words in found:
        parsed(shlex.split(words))


@pytest.mark.parametrize("name", ["crontab", "github-actions.yml", "airflow_dag.py"])
def test_shell_lines_parse(name: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(re.sub(r"\$\{\{.*?\}\}", "x", shell_of(name)))
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("code", "wanted"), [(0, 0), (1, 0), (3, 3), (5, 5), (75, 75)])
def test_the_crontab_takes_findings_for_a_result_and_everything_else_for_a_failure(tmp_path: Path, code: int, wanted: int) -> None:
    first = shell_of("crontab").splitlines()[0].replace("/srv/recon", str(tmp_path))
    (tmp_path / "secrets.env").write_text("A=1\n")
    program = tmp_path / "recon"
    program.write_text(f'#!/bin/sh\ntest "$A" = 1 || exit 9\nexit {code}\n')
    program.chmod(0o755)
    done = subprocess.run(["sh", "-c", first], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (wanted == 0) and done.stdout == ""


@pytest.mark.parametrize(("code", "wanted"), [(0, 0), (1, 0), (3, 3), (75, 75)])
def test_the_dag_takes_findings_for_a_result_and_hands_every_other_code_on(tmp_path: Path, code: int, wanted: int) -> None:
    script = next(part for part in shell_of("airflow_dag.py").split("recon report")[0].split("\x00") if "case" in part)
    program = tmp_path / "recon"
    program.write_text(f"#!/bin/sh\nexit {code}\n")
    program.chmod(0o755)
    done = subprocess.run(["sh", "-c", script], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == wanted


def test_the_units_know_the_exit_codes() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(EXAMPLES / "recon.service")
    assert unit["Service"]["SuccessExitStatus"] == "1" and unit["Service"]["RestartForceExitStatus"] == "75"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed on this machine")
    done = subprocess.run(["systemd-analyze", "calendar", "*-*-* 02:15:00"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_container_copies_is_there() -> None:
    text = (EXAMPLES / "Containerfile").read_text(encoding="utf-8")
    sources = [word for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert len(sources) >= 7 and all((ROOT / source).exists() for source in sources)
    assert "--require-hashes" in text and re.search(r"^USER (?!root)", text, re.MULTILINE)


def test_every_example_is_linked() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert {file.name for file in EXAMPLES.iterdir()} == set(re.findall(r"examples/operating/([\w.-]+)\)", page))
