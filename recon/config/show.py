"""Every setting in force with its origin, and the JSON Schema of recon.toml."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from recon.config.load import Models, load_settings, read_lines
from recon.config.settings import Settings


@dataclass(frozen=True)
class Row:
    """One setting: dotted key, value, and the file with its line, the environment variable, or "default"."""

    key: str
    value: Any
    source: str


def effective(path: Path, models: Models) -> list[Row]:
    """All settings in force; ConfigError where recon.toml has problems."""
    settings = load_settings(path, models)
    text, lines = read_lines(path)
    given = tomllib.loads(text)
    rows = []
    for key, value in _flatten(settings.model_dump(mode="json", exclude={"systems"})):
        rows.append(Row(key, value, _source(path, key, given, lines)))
    for name, system in sorted(settings.systems.items()):
        for key, value in _flatten(system.model_dump(mode="json"), f"systems.{name}"):
            rows.append(Row(key, value, _source(path, key, given, lines)))
    return rows


def json_schema(models: Models) -> dict[str, Any]:
    """JSON Schema of the whole file; each system is described by its kind."""
    schema = Settings.model_json_schema()
    schema["properties"].pop("path", None)
    definitions = schema.setdefault("$defs", {})
    options = []
    for kind, model in sorted(models.items()):
        part = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(part.pop("$defs", {}))
        part["properties"]["kind"] = {"const": kind}
        definitions[f"system_{kind}"] = part
        options.append({"$ref": f"#/$defs/system_{kind}"})
    schema["properties"]["systems"] = {"type": "object", "additionalProperties": {"oneOf": options}}
    schema["title"] = "recon.toml"
    return schema


def _flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flatten(item, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for index, item in enumerate(value):
            yield from _flatten(item, f"{prefix}.{index}")
    else:
        yield prefix, value


def _source(path: Path, key: str, given: Any, lines: Mapping[str, int]) -> str:
    variable = "RECON_" + key.replace(".", "__").upper()
    if any(name.upper() == variable for name in os.environ):
        return variable
    current = given
    parts: list[str] = []
    words = key.split(".")
    for place, part in enumerate(words):
        quoted = ".".join(words[place:])
        if isinstance(current, Mapping) and part not in current and quoted in current:
            parts.append(quoted)
            break
        if isinstance(current, Mapping) and part in current:
            current = current[part]
        elif isinstance(current, list) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        elif isinstance(current, Mapping) and part == "0":
            continue  # one object of a mapping may be written as a table instead of a list
        else:
            return "default"
        parts.append(part)
    while parts and ".".join(parts) not in lines:
        parts.pop()
    return f"{path}:{lines['.'.join(parts)]}" if parts else str(path)
