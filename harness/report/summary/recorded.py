"""What recordings hold of how their answers were made, with its source; all else is told as not recorded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.report import Material, Source
from harness.words import Words

_ASKED = ("temperature", "top_p", "max_new_tokens", "seed")
_SERVED = ("dtype", "quantization")
_READ_BY = ("preference-harness", "python")
_FOLDERS = re.compile(r"(?<![\w:/.~-])(?:~|\.{1,2}|[A-Za-z]:)?[/\\](?:[^\s,;/\\]{1,255}[/\\])++")


def recorded_sources(material: Material) -> Iterator[Source]:
    """Generation, precision and versions by variant, those that say the same in one row; and what imported them."""
    say, manifest = material.say, material.manifest
    found = {variant.name: manifest.told_generation(variant.name) for variant in material.summary.variants}
    sources = {name: it.source for name, it in (manifest.recorded_generation or {}).items()}
    parts = {
        "generation_of": {name: _asked(it, sources.get(name, ""), say) for name, it in found.items()},
        "precision_of": {name: _told(it, _SERVED, say) for name, it in found.items()},
        "versions_of": {name: text_of(it.get("versions")) or say("provenance.unknown") for name, it in found.items()},
    }
    for key, told in parts.items():
        for value, names in _grouped(told).items():
            yield Source(say(f"provenance.{key}", names=say.listed(names)), value)
    yield Source(say("provenance.seed_intervals"), text_of(manifest.seed))
    if reader := manifest.reader:
        told_commit = [say("provenance.commit_of", commit=reader.git_commit)] if reader.git_commit else []
        own = {key: reader.versions[key] for key in _READ_BY if key in reader.versions}
        here = [text_of(own), *told_commit, text_of(reader.platform)]
        yield Source(say("provenance.imported_with"), say.listed(part for part in here if part))


def text_of(value: object) -> str:
    """Settings as a line: key value, key value; "" of nothing."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text_of(part)}" for key, part in value.items() if part not in (None, (), []))
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value))
    return str(value)


def without_folders(text: str) -> str:
    """The text with the last part of each path alone: a report is handed on, and folders are nobody else's business."""
    return _FOLDERS.sub("", text)


def _asked(found: Mapping[str, Any], source: str, say: Words) -> str:
    """What is known of how it was asked, of which file, and what of the usual is not."""
    others = [key for key in found if key not in (*_ASKED, *_SERVED, "versions")]
    told = _told(found, (*_ASKED, *others), say)
    return say("provenance.from", settings=told, source=source) if source and found else told


def _told(found: Mapping[str, Any], keys: Sequence[str], say: Words) -> str:
    known = [f"{key} {without_folders(text_of(found[key]))}" for key in keys if key in found]
    unknown = [key for key in keys if key not in found]
    if not known:
        return say("provenance.unknown")
    missing = [say("provenance.unknown_of", names=say.listed(unknown))] if unknown else []
    return say.listed([say.listed(known), *missing], key="list.clause")


def _grouped(told: Mapping[str, str]) -> dict[str, list[str]]:
    """What is told → of whom, in the run's order."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in told.items():
        found[value].append(name)
    return dict(found)
