"""recon.toml from disk to :class:`Settings`, with every problem named by file, line, key and nearest known key."""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from recon.config import environment, ownership
from recon.config.mapping import ROLES, TABLE_KINDS
from recon.config.mapping import Mapping as OrgMapping
from recon.config.ownership import SHOP
from recon.config.settings import Settings, SystemSettings
from recon.errors import ConfigError

MAX_BYTES = 1_000_000
SYSTEM_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,39}$")

Models = Mapping[str, type[SystemSettings]]
"""Platform → the model of its part of recon.toml (recon.systems.registry.settings_models())."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in recon.toml; ``line`` is 0 where it has none."""

    path: Path
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        if not self.line and not self.key:  # about the file as a whole: the message names it
            return f"{self.message} {self.hint}".strip()
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        key = f" {self.key}" if self.key else ""
        return f"{where}:{key} {self.message}{f' {self.hint}' if self.hint else ''}"


def load_settings(path: Path, models: Models) -> Settings:
    """Read recon.toml; ConfigError names the first problem and how many more there are."""
    settings, problems = check_settings(path, models)
    if settings is None or problems:
        count = len(problems) - 1
        more = f"There {'is 1 more problem' if count == 1 else f'are {count} more problems'}; see `recon config check`." if count else ""
        raise ConfigError(str(problems[0]), more)
    return settings


def check_settings(path: Path, models: Models) -> tuple[Settings | None, list[Problem]]:
    """Settings as far as they are usable, and every problem found; nothing is created or sent."""
    try:
        text = _read(path)
        data = tomllib.loads(text)
    except ConfigError as error:
        return None, [Problem(path, 0, "", error.message, error.hint)]
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(path, _line_of_decode_error(error), "", f"is not valid TOML: {error}.")]
    lines = _line_numbers(text)
    problems = _of_environment(path, text)
    settings = _top_level(path, data, lines, problems)
    systems = _systems(path, data.get("systems", {}), models, lines, problems)
    if settings is not None:
        settings = settings.model_copy(update={"systems": systems, "path": path.resolve()})
        problems.extend(_owners(path, settings, data, lines))
    problems.extend(_named_systems(path, systems, data, lines))
    return settings, sorted(problems, key=lambda p: (p.line, p.key))


def default_settings() -> Settings:
    """Settings where there is no recon.toml: defaults and the environment. ConfigError names what is wrong there."""
    problems = _of_environment(Path("recon.toml"), "")
    settings = _made(Path("recon.toml"), {}, {}, problems)
    if settings is None or problems:
        raise ConfigError(str(problems[0]))
    return settings


def _of_environment(path: Path, text: str) -> list[Problem]:
    said = "The environment variable {} is no setting."
    return [Problem(path, 0, "", said.format(name), hint) for name, hint in environment.unknown(text)]


def read_lines(path: Path) -> tuple[str, dict[str, int]]:
    """Text of recon.toml, and the line of each dotted key."""
    text = _read(path)
    return text, _line_numbers(text)


def _read(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(f"{path} is not a file.", "Name a recon.toml with --config.")
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path} is larger than {MAX_BYTES:,} bytes.", "Name a recon.toml with --config.")
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist.", "Make one with `recon init`, or name it with --config.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 (byte {error.start}).", "Save it as UTF-8.") from error
    if "\x00" in text:
        raise ConfigError(f"{path} contains a NUL character.", "Save it as plain UTF-8 text.")
    return text.replace("\r\n", "\n")


def _line_of_decode_error(error: tomllib.TOMLDecodeError) -> int:
    found = re.search(r"line (\d+)", str(error))
    return int(found.group(1)) if found else 0


def _line_numbers(text: str) -> dict[str, int]:
    """Dotted key → line. A scan is enough here: it only decorates messages, tomllib has judged the syntax."""
    result: dict[str, int] = {}
    table = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$", line)
        if header:
            table = _plain(header.group(2))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            result.setdefault(table, number)
            continue
        key = re.match(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\")(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"))*)\s*=", line)
        if key:
            result.setdefault(".".join(filter(None, (table, _plain(key.group(1))))), number)
    return result


def _plain(dotted: str) -> str:
    return re.sub(r"\s*\.\s*", ".", dotted.replace('"', ""))


def _line(lines: Mapping[str, int], location: Iterable[object]) -> int:
    parts = [str(part) for part in location]
    while parts:
        if ".".join(parts) in lines:
            return lines[".".join(parts)]
        parts.pop()
    return 0


def _top_level(path: Path, data: dict[str, Any], lines: Mapping[str, int], problems: list[Problem]) -> Settings | None:
    own = {key: value for key, value in data.items() if key not in {"systems", "path"}}
    if "path" in data:
        problems.append(Problem(path, _line(lines, ["path"]), "path", "is not a setting."))
    version = own.get("config_version", 1)
    if isinstance(version, int) and version > 1:
        problems.append(
            Problem(path, _line(lines, ["config_version"]), "config_version", f"{version} is newer than this recon.", "Update recon.")
        )
        return None
    return _made(path, own, lines, problems)


def _made(path: Path, own: dict[str, Any], lines: Mapping[str, int], problems: list[Problem]) -> Settings | None:
    try:
        return Settings(**own)
    except ValidationError as error:
        problems.extend(_problems(path, (), Settings, error, lines))
    except SettingsError as error:  # a table in the environment is written as JSON
        field = re.search(r'field "(\w+)"', str(error))
        name = environment.variable([field[1]]) if field else None
        problems.append(Problem(path, 0, "", f"The environment variable {name or 'RECON_…'} holds no JSON, which a whole table needs."))
    return None


def _systems(path: Path, tables: Any, models: Models, lines: Mapping[str, int], problems: list[Problem]) -> dict[str, SystemSettings]:
    result: dict[str, SystemSettings] = {}
    if not isinstance(tables, dict):
        problems.append(Problem(path, _line(lines, ["systems"]), "systems", "must be tables such as [systems.shop]."))
        return result
    for name, table in tables.items():
        key = f"systems.{name}"
        line = _line(lines, ["systems", name])
        if not SYSTEM_NAME.match(name):
            problems.append(Problem(path, line, key, "is no usable name.", "Use up to 40 of a–z, 0–9, _ and -, beginning with a letter."))
        elif not isinstance(table, dict):
            problems.append(Problem(path, line, key, f"must be a table: [systems.{name}]."))
        elif table.get("kind") not in models:
            kind = table.get("kind")
            said = f"has no platform {kind!r}." if kind else "does not say its kind."
            problems.append(Problem(path, _line(lines, ["systems", name, "kind"]), f"{key}.kind", said, _nearest(str(kind or ""), models)))
        else:
            model = models[table["kind"]]
            try:
                result[name] = model.model_validate(table, context={"folder": path.resolve().parent})
            except ValidationError as error:
                problems.extend(_problems(path, ("systems", name), model, error, lines))
    return result


def _owners(path: Path, settings: Settings, data: Mapping[str, Any], lines: Mapping[str, int]) -> Iterable[Problem]:
    """Owners that are no systems, and tables or columns that there are not."""
    for key, message, hint in ownership.problems(settings.ownership, _sides(data)):
        yield Problem(path, _line(lines, ["ownership", key]), f"ownership.{key}", message, hint)


def _sides(data: Mapping[str, Any]) -> dict[str, str]:
    """System → side, also of systems that have problems of their own."""
    tables = data.get("systems", {})
    kinds = {name: table for name, table in tables.items() if isinstance(table, dict)} if isinstance(tables, dict) else {}
    return {name: _side(table.get("kind"), table.get("side")) for name, table in kinds.items()}


def _side(kind: object, said: object) -> str:
    if kind == "salesforce":
        return "salesforce"
    return str(said or ("erp" if kind in TABLE_KINDS else "shop"))


def _named_systems(
    path: Path, systems: Mapping[str, SystemSettings], data: Mapping[str, Any], lines: Mapping[str, int]
) -> Iterable[Problem]:
    """Systems that a mapping names: one that is misspelt would leave its records unmatched without a word."""
    known = _sides(data)
    for name, system in systems.items():
        mapping = getattr(system, "mapping", None)
        for where, other in _mentions(mapping) if isinstance(mapping, OrgMapping) else ():
            if known.get(other, "salesforce") == "salesforce":
                location = ["systems", name, "mapping", *where]
                line = _line(lines, location) if ".".join(map(str, location)) in lines else _line(lines, [*location[:4], *location[5:]])
                key = ".".join(str(part) for part in location if part != 0)
                yield Problem(
                    path, line, key, f"names {other!r}, which is no shop or ERP of recon.toml.", _nearest(other, {*known} - {name})
                )


def _mentions(mapping: OrgMapping) -> Iterable[tuple[list[str | int], str]]:
    """Where a mapping names other systems, and which."""
    for table in ROLES:
        for place, entry in enumerate(getattr(mapping, table)):
            yield from (([table, place, "external_ids", other], other) for other in entry.external_ids)
            yield from (([table, place, "stores", value], other) for value, other in entry.stores.items())
    for who, systems in mapping.writers.items():
        for other in (name for name in systems if name != SHOP):
            yield ["writers", who], other


def _problems(
    path: Path, prefix: tuple[str, ...], model: type[BaseModel], error: ValidationError, lines: Mapping[str, int]
) -> list[Problem]:
    result = []
    for item in error.errors(include_input=False, include_url=False):
        location = (*prefix, *item["loc"])
        key = ".".join(str(part) for part in location)
        variable = environment.variable(location) if not prefix else None
        if variable is not None:
            result.append(Problem(path, 0, "", f"The environment variable {variable} is wrong: {_said(item['msg'])}"))
        elif item["type"] == "extra_forbidden":
            known = _known_keys(model, item["loc"][:-1])
            result.append(Problem(path, _line(lines, location), key, "is not a setting.", _nearest(str(item["loc"][-1]), known)))
        else:
            result.append(Problem(path, _line(lines, location), key, _said(item["msg"])))
    return result


def _said(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:] + ("" if message.endswith(".") else ".")


def _known_keys(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Keys that are allowed at a location inside a model, for the nearest-key hint."""
    current: Any = model
    for part in location:
        field = getattr(current, "model_fields", {}).get(part) if isinstance(part, str) else None
        candidate = field.annotation if field else None
        if candidate is None:
            continue
        found = _models_in(candidate)
        if found:
            current = found[0]
    return [name for name in getattr(current, "model_fields", {}) if name != "path"]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in getattr(annotation, "__args__", ()) for found in _models_in(argument)]


def _nearest(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known: {', '.join(names)}." if names else ""
