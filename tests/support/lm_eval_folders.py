"""Folders as lm-eval's own command leaves them, made by hand: results, samples, in the forms of several versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.store import Json

DATE = "2026-01-02T03-04-05.678901"
HIGHER = {"acc": True, "exact_match": True, "word_perplexity": False, "bypass": True}


def rows(metric: str, values: Sequence[object], rule: str = "none", context: str = "Q{}", **more: Any) -> list[Json]:
    """A sample a value, as lm-eval 0.4.13 writes them, without what it hashes; context: the prompt of document {}."""
    return [
        {
            "doc_id": number,
            "doc": {"question": f"Q{number}"},
            "target": f"A{number}",
            "arguments": {"gen_args_0": {"arg_0": context.format(number), "arg_1": {"until": ["\n"]}}},
            "resps": [["x"]],
            "filtered_resps": ["x"],
            "filter": rule,
            "metrics": [metric],
            metric: value,
            **more,
        }
        for number, value in enumerate(values)
    ]


def results(task: str, figures: Mapping[str, object], **more: Any) -> Json:
    """lm-eval's results of one task, by metric,filter; more: keys of the whole, or by task."""
    names = dict.fromkeys(key.partition(",")[0].removesuffix("_stderr") for key in figures)
    return {
        "results": {task: {"alias": task, **figures}},
        "group_subtasks": {task: []},
        "configs": {task: {"task": task, "output_type": "generate_until", "generation_kwargs": {"until": ["\n"]}}},
        "versions": {task: 1.0},
        "n-shot": {task: 0},
        "higher_is_better": {task: {name: HIGHER[name] for name in names}},
        "config": {"model": "hf", "model_args": "pretrained=own/model"},
        "date": 1767322000.5,
        "lm_eval_version": "0.4.13",
        "model_name": "own/model",
        **more,
    }


def write_folder(folder: Path, found: Json, samples: Mapping[str, Sequence[Json]], date: str = DATE) -> Path:
    """The folder of a model, with one more run in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"results_{date}.json").write_text(json.dumps(found), encoding="utf-8")
    for task, found_rows in samples.items():
        text = "".join(json.dumps(row) + "\n" for row in found_rows)
        (folder / f"samples_{task}_{date}.jsonl").write_text(text, encoding="utf-8")
    return folder
