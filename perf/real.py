"""A real model's rows: SmolLM2-135M-Instruct bare and with two adapters, beside what people run without the harness.

The adapters are of random weights and small effect, as large as those that the harness trains: what they say costs
nobody a training. What is asked are thirty things to write a paragraph about, so that answers have a length that
people wait for. Ours asks with `auto`, and the row says what that was.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.models import Weights, find_base
from harness.pocket import pairs_path
from perf.lm_eval_side import LmEval, beside_lm_eval
from perf.loop import Loop, beside_the_loop
from perf.measure import run, say
from perf.settings import Settings
from perf.table import Row
from perf.training import Work, beside_a_script
from perf.variants import Whom

_BASE = "smollm2"
_TARGETS = {"loop": 0.20, "lm-eval": 0.30, "training": 1.0}
_TASKS = "everyday_choice,everyday_text"
_RANK = 16
_STEPS = 8
# Batches of few pairs: what the two sides differ in does not grow with them.
_TRAINING = {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 1, "warmup_steps": 0}
_ADAPTERS = Path(__file__).with_name("random_adapters.py")
_SUITE = """\
title: Thirty paragraphs
prompt: chat
generation:
  max_new_tokens: 256
"""
_TOPICS = (
    "the sea", "a bicycle", "bread", "winter", "the moon", "a library", "honey bees", "a train journey", "rain",
    "a market", "clocks", "the desert", "a garden", "music", "bridges", "a lighthouse", "coffee", "mountains",
    "a school day", "volcanoes", "glass", "a harbour", "dreams", "salt", "a football match", "islands", "snow",
    "trees", "paper", "maps",
)  # fmt: skip


def measure(settings: Settings) -> list[Row]:
    """A row for the loop, one for lm-eval and one for a DPO training; none where the model is not installed."""
    try:
        base = find_base(_BASE)
    except HarnessError as error:
        say(f"real: left out. {error}")
        return []
    folder = settings.folder / "real"
    whom = _whom(base, folder)
    return [_loop(folder, whom, settings), _lm_eval(folder, whom, settings), _training(folder, whom, settings)]


def _whom(base: Weights, folder: Path) -> Whom:
    size = ["--count", "2", "--rank", str(_RANK), "--output", folder / "adapters"]
    run([sys.executable, _ADAPTERS, "--base", base.path, *size], folder.parent, folder / "adapters.log")
    return Whom(base, {"base": None, **{name: folder / "adapters" / name for name in ("a0", "a1")}}, "auto")


def _loop(folder: Path, whom: Whom, settings: Settings) -> Row:
    suite = folder / "paragraphs"
    suite.mkdir()
    (suite / "suite.yaml").write_text(_SUITE, encoding="utf-8")
    rows = [{"id": str(n), "question": f"Write a paragraph about {topic}."} for n, topic in enumerate(_TOPICS, 1)]
    (suite / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    count = min(settings.limit or len(_TOPICS), len(_TOPICS))
    loop = Loop(folder / "loop", whom, load_suite(str(suite)), count)
    return beside_the_loop(loop, settings.repeat, "SmolLM2, one prompt at a time", _TARGETS["loop"])


def _lm_eval(folder: Path, whom: Whom, settings: Settings) -> Row:
    tasks = LmEval(folder / "lm-eval", whom, _TASKS, settings.limit)
    return beside_lm_eval(tasks, settings.repeat, "SmolLM2, lm-eval", _TARGETS["lm-eval"])


def _training(folder: Path, whom: Whom, settings: Settings) -> Row:
    work = Work(folder / "training", min(settings.limit or _STEPS, _STEPS), pairs_path(), whom.base)
    work.folder.mkdir()
    return beside_a_script(work, settings.repeat, "SmolLM2, one DPO training", _TARGETS["training"], _TRAINING)
