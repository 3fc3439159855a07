"""Whether two variants were asked an lm-eval task alike: version, settings, and each document by its hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.store import Json

Asked = tuple[str | None, ...]
"""Hashes of a document as it was asked: document, prompt, target and, where they were kept, its requests' texts."""
_HASHES = ("doc_hash", "prompt_hash", "target_hash")
_WITHOUT = {"do_sample": False, "temperature": 0.0}
"""What settings of generation are where they do not say it."""


@dataclass(frozen=True)
class Unlike:
    """How two variants were not asked a task alike."""

    case: Literal["version", "settings", "shots", "documents", "some"]
    before: str = ""
    """Of the first: its version, the settings that differ, the examples in its prompts, or documents that differ."""
    after: str = ""
    """Of the second; of documents, how many both have."""

    @property
    def reason(self) -> str:
        """Half a sentence, with a metric and the task as its subject."""
        return {
            "version": f"is of another version of the task ({self.before} → {self.after})",
            "settings": f"was generated with other settings ({self.before})",
            "shots": f"has no document that both sides were asked alike ({self.before} → {self.after} examples)",
            "documents": "has no document that both sides were asked alike",
            "some": f"has {self.before} of {self.after} documents that both sides were not asked alike",
        }[self.case]


def asked(row: Json) -> Asked:
    """What tells how a sample was asked."""
    given = row.get("arguments_hash")
    return (*(str(row.get(key)) for key in _HASHES), None if given is None else str(given))


def alike(first: Asked, second: Asked) -> bool:
    """Whether two samples were asked the same; the texts of all requests count where both sides kept them."""
    *same, a = first
    *other, b = second
    return same == other and (a == b or a is None or b is None)


def configured_otherwise(first: Json, second: Json, task: str) -> Unlike | None:
    """What sets two results of a task apart, whatever its documents: another version, other settings of generation."""
    before, after = (_version(found.get("versions", {}).get(task)) for found in (first, second))
    if before is not None and after is not None and before != after:
        return Unlike("version", f"{before:g}", f"{after:g}")
    mine, theirs = (_settings(found, task) for found in (first, second))
    if mine is None or theirs is None or mine == theirs:
        return None
    names = [key for key in {**mine, **theirs} if mine.get(key) != theirs.get(key)]
    return Unlike("settings", ", ".join(names))


def documents_unlike(
    first: Json, second: Json, task: str, mine: Mapping[str, Asked], theirs: Mapping[str, Asked]
) -> Unlike | None:
    """The same of documents that both have: none of them alike, or some not."""
    shared = [key for key in mine if key in theirs]
    unlike = sum(not alike(mine[key], theirs[key]) for key in shared)
    if not unlike:
        return None
    if unlike < len(shared):
        return Unlike("some", str(unlike), str(len(shared)))
    shots = [found.get("n-shot", {}).get(task) for found in (first, second)]
    return Unlike("shots", *map(str, shots)) if None not in shots and shots[0] != shots[1] else Unlike("documents")


def _version(told: object) -> float | None:
    """As a number; some versions of lm-eval wrote a word where a task has none."""
    try:
        return float(str(told))
    except ValueError:
        return None


def _settings(found: Json, task: str) -> dict[str, Any] | None:
    """Settings of generation; None where the results do not have them."""
    config = found.get("configs", {}).get(task) or {}
    given = config.get("generation_kwargs")
    if not isinstance(given, Mapping) or config.get("output_type", "generate_until") != "generate_until":
        return None
    until = given.get("until")
    stops: Sequence[Any] = until if isinstance(until, list) else [] if until is None else [until]
    return {**_WITHOUT, **given, "until": list(stops)}
