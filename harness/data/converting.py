"""Preference data of any shape, written as the one that every tool reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.data.preferences import Preference, Preferences
from harness.errors import HarnessError
from harness.store import draft_file

_SUFFIX = ".jsonl"


def refuse_place(path: Path, force: bool) -> None:
    """Refuses a file that is there already, unless forced, and one whose name would call it something else."""
    if path.suffix != _SUFFIX:
        raise HarnessError(f"{path} would hold one JSON object a line. Give it a name that ends in {_SUFFIX}.")
    if path.is_dir() or (path.exists() and not force):
        raise HarnessError(f"{path} is there already. Give another name, or --force to replace it.")


def write_canonical(preferences: Preferences, path: Path) -> None:
    """Writes the usable rows in one step; read again, they are the same preferences, with the same digest."""
    with draft_file(path, sync=True) as draft, draft.open("w", encoding="utf-8") as file:
        for preference in preferences.usable:
            file.write(json.dumps(canonical_row(preference), ensure_ascii=False) + "\n")


def canonical_row(preference: Preference) -> dict[str, Any]:
    """TRL's own columns: prompt, chosen, rejected, or prompt, completion, label where an answer is judged by itself.

    The prompt is a list of messages, the system line its first, where the row says who speaks. Texts without roles stay
    texts, so that data suggest the same prompt template before and after.
    """
    if preference.has_roles or preference.said_before:
        row: dict[str, Any] = {"prompt": [{"role": role, "content": text} for role, text in preference.turns]}
    else:
        row = {} if preference.system is None else {"system": preference.system}
        row["prompt"] = preference.question
    if preference.chosen is not None and preference.rejected is not None:
        row |= {"chosen": preference.chosen, "rejected": preference.rejected}
    else:
        row["completion"] = preference.rejected if preference.chosen is None else preference.chosen
        row["label"] = preference.chosen is not None
    return row if preference.margin is None else {**row, "margin": preference.margin}
