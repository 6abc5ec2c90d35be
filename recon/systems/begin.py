"""Systems for a first recon.toml: what `recon init` was told of each, checked as recon.toml would be."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import Template

from pydantic import ValidationError

from recon.config.load import SYSTEM_NAME
from recon.errors import UsageError
from recon.systems import registry
from recon.systems.base import Ask

_SPEC = re.compile(r"(?:(?P<name>[^:=]*):)?(?P<kind>[^:=]+)(?:=(?P<values>.*))?")


@dataclass(frozen=True)
class Begun:
    """One system with the text of its table in recon.toml."""

    name: str
    kind: str
    side: str
    text: str


def parse(spec: str, taken: Collection[str]) -> Begun:
    """``[NAME:]KIND[=VALUE,…]`` with a value for everything that the platform asks; UsageError says what is wrong."""
    found = _SPEC.fullmatch(spec.strip())
    kinds = registry.platforms()
    if found is None or found["kind"] not in kinds:
        word = found["kind"] if found else spec
        near = difflib.get_close_matches(word, kinds, 1)
        raise UsageError(f"There is no platform {word!r}.", f"Did you mean {near[0]}?" if near else f"Known: {', '.join(kinds)}.")
    values = [value.strip() for value in found["values"].split(",")] if found["values"] else []
    return make(found["kind"], values, taken, found["name"] or None)


def make(kind: str, values: Sequence[str], taken: Collection[str], name: str | None = None) -> Begun:
    """A system of a platform from the answers to its questions; UsageError names the first that cannot be used."""
    example = registry.example(kind)
    if len(values) != len(example.asks):
        wanted = ",".join(ask.example for ask in example.asks)
        raise UsageError(f"{kind} needs {len(example.asks)} values.", f"Such as {kind}{'=' if wanted else ''}{wanted}.")
    name = name or _free(example.name, taken)
    if not SYSTEM_NAME.match(name) or name in taken:
        raise UsageError(f"{name!r} cannot be the name of a system, or is one already.", "Use a–z, 0–9, _ and -, beginning with a letter.")
    env = example.env if name == example.name else name.upper().replace("-", "_")
    answers = {ask.key: _answer(ask, value) for ask, value in zip(example.asks, values, strict=True)}
    text = f'[systems.{name}]\nkind = "{kind}"\n' + Template(example.text).substitute(answers, name=name, ENV=env)
    return Begun(name, kind, _checked(kind, name, text, example.asks), text)


def _free(name: str, taken: Collection[str]) -> str:
    names = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)


def _answer(ask: Ask, value: str) -> str:
    """An address may come with or without its scheme; nothing that could end the text in recon.toml is taken."""
    value = value.strip().rstrip("/")
    if not value or any(sign in value for sign in '"\\\n\r\t$'):
        raise UsageError(f"{ask.question}: {value!r} cannot be used.", f"It looks like {ask.example}.")
    if ask.example.startswith("https://"):
        return value if "://" in value else f"https://{value}"
    return value.removeprefix("https://")


def _checked(kind: str, name: str, text: str, asks: Sequence[Ask]) -> str:
    """The side of the system; UsageError where its table would not be accepted."""
    try:
        settings = registry.settings_models()[kind].model_validate(tomllib.loads(text)["systems"][name])
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{name}{f'.{where}' if where else ''} {said}.", f"Such as {', '.join(ask.example for ask in asks)}.") from None
    return registry.side_of(settings)
