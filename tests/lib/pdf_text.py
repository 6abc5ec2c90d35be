"""The text of a PDF as Chromium prints it: glyphs of its content streams through the fonts' own tables to letters."""

from __future__ import annotations

import re
import unicodedata
import zlib

_OBJECT = re.compile(rb"(?m)^(\d+) 0 obj\b(.*?)\bendobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|(<[0-9A-Fa-f]*>|\([^)]*\)) Tj|\[(.*?)\] TJ", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def text_of(pdf: bytes) -> str:
    """Everything that is written on the pages, in the order in which it was drawn, without blanks and line ends."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {name: _letters(objects, int(ref)) for body in objects.values() for name, ref in re.findall(rb"/(F\d+) (\d+) 0 R", body)}
    found = []
    for body in objects.values():
        stream = _inflated(body)
        letters: dict[int, str] = {}
        for font, one, several in _SHOWN.findall(stream) if b" Tf" in stream else ():
            letters = fonts.get(font, {}) if font else letters
            found += [letters.get(glyph, "") for piece in _HEX.findall(one or several) for glyph in _glyphs(piece)]
    return "".join(unicodedata.normalize("NFKC", "".join(found)).split())


def _inflated(body: bytes) -> bytes:
    hit = _STREAM.search(body)
    if hit is None:
        return b""
    return zlib.decompress(hit.group(1)) if b"/FlateDecode" in body else hit.group(1)


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Glyph → letter, by the font's ToUnicode table."""
    hit = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    table = _inflated(objects[int(hit.group(1))]) if hit else b""
    found = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
        found |= {
            int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for glyph, letter in re.findall(rb"<(\w+)> <(\w+)>", part)
        }
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, letter in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", part):
            found |= {int(first, 16) + step: chr(int(letter, 16) + step) for step in range(int(last, 16) - int(first, 16) + 1)}
    return found


def _glyphs(piece: bytes) -> list[int]:
    return [int(piece[place : place + 4], 16) for place in range(0, len(piece), 4)]
