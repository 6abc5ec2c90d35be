"""Presets of the Salesforce mapping: what known integrations write, as data in ``presets/*.toml``.

A preset has ``title``, ``source`` (where the names were seen), perhaps ``extends`` (another preset that it is laid over), perhaps ``marks``
(``Object.Field`` that only this integration makes: the detector knows it by them) and one table or list of tables per canonical table.
recon.toml overrides it key by key, see :func:`merge`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from recon.config.mapping import ROLES
from recon.errors import ConfigError

_FOLDER = Path(__file__).parent / "presets"
_ABOUT = frozenset({"title", "source", "extends", "marks"})


@dataclass(frozen=True)
class Preset:
    """A known integration: ``tables`` is canonical table → objects, as written in recon.toml."""

    name: str
    title: str
    source: str
    tables: Mapping[str, list[dict[str, Any]]]
    marks: tuple[str, ...] = ()


@cache
def names() -> tuple[str, ...]:
    """Names of all presets, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load(name: str) -> Preset:
    """One preset; raises ConfigError naming the nearest one."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Known presets: {', '.join(names())}."
        raise ConfigError(f'There is no preset "{name}" for the mapping.', hint)
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        data = tomllib.load(file)
    own = {table: value for table, value in data.items() if table not in _ABOUT}
    tables = {table: _listed(value) for table, value in _over(data.get("extends"), own).items()}
    return Preset(name, str(data["title"]), str(data["source"]), tables, tuple(data.get("marks", ())))


def merge(preset: str | None, own: Mapping[str, Any]) -> dict[str, Any]:
    """Preset ← recon.toml, key by key; ``own`` is the mapping table of recon.toml. Raises ConfigError for an unknown preset.

    * ``[mapping.orders]`` (one table) changes the preset's object of that name; without ``object`` it changes the preset's first
      object; an object that the preset does not have takes the place of the preset's objects.
    * ``[[mapping.orders]]`` (a list) is the list of objects to read; each is laid over the preset's object of the same name.
    * Inside an object the tables ``fields``, ``external_ids``, ``values`` and ``stores`` are merged key by key; an empty field name
      removes the key.
    """
    return {"preset": preset, **_over(preset, own)}


def _over(preset: str | None, own: Mapping[str, Any]) -> dict[str, Any]:
    base = load(preset).tables if preset else {}
    merged: dict[str, Any] = {}
    if "writers" in own:
        merged["writers"] = own["writers"]
    for table in (*ROLES, *(key for key in own if key not in {*ROLES, "preset", "writers"})):
        known = [dict(item) for item in base.get(table, [])]
        if table in own:
            merged[table] = _merge_table(known, own[table])
        elif known:
            merged[table] = known
    return merged


def _merge_table(known: list[dict[str, Any]], own: Any) -> Any:
    if isinstance(own, Mapping):
        at = _position(known, own)
        if at is None:
            return [_clean(own)]
        return [_laid(item, own) if index == at else item for index, item in enumerate(known)]
    if isinstance(own, list) and all(isinstance(item, Mapping) for item in own):
        return [_clean(item) if (at := _position(known, item)) is None else _laid(known[at], item) for item in own]
    return own  # not a table at all: the model says what is wrong with it


def _position(known: list[dict[str, Any]], own: Mapping[str, Any]) -> int | None:
    wanted = own.get("object")
    if wanted is None:
        return 0 if known else None
    same = [index for index, item in enumerate(known) if str(item["object"]).lower() == str(wanted).lower()]
    kind = own.get("kind")
    exact = [index for index in same if kind is None or known[index].get("kind") in {None, kind}]
    return exact[0] if exact else None


def _laid(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``base``; nested tables too."""
    result = dict(base)
    for key, value in own.items():
        below = result.get(key)
        result[key] = _laid(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return _clean(result)


def _clean(item: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: item[key] for key in ("fields", "external_ids") if isinstance(item.get(key), Mapping)}
    return {**item, **{key: {name: field for name, field in fields.items() if field != ""} for key, fields in named.items()}}


def _listed(value: Any) -> list[dict[str, Any]]:
    return [value] if isinstance(value, dict) else list(value)
