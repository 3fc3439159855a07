"""A recorded run with experiments beside it: answers in the assignment's JSON, logs, settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

QUESTIONS = 12
STEPS = 40
LONG = "There are many things that one could say of this, and all of them would be true in their own way, too."


def suite(folder: Path) -> Path:
    """Sums with a number as their key, in the assignment's template."""
    place = folder / "sums"
    place.mkdir(exist_ok=True)
    (place / "suite.yaml").write_text("title: sums\nprompt: alpaca\nprimary: [correct, words]\n", encoding="utf-8")
    rows = [
        {"id": str(number), "question": question(number), "match": "number", "answer": str(number + 1)}
        for number in range(1, QUESTIONS + 1)
    ]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return place


def question(number: int) -> str:
    """What is asked under that number."""
    return f"What is {number} plus 1?"


def answers(path: Path, right: int, long: int = 0) -> Path:
    """Answers of which so many are right, and so many long; the others are short and wrong."""
    rows = []
    for number in range(1, QUESTIONS + 1):
        text = f"It is {number + 1}." if number <= right else "It is 99."
        text += f" {LONG}" * (number <= long)
        before = f"### Instruction:\n{question(number)}\n\n### Response:\n"
        rows.append({"id": number, "prompt": question(number), "generated_text": before + text})
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def log(path: Path, rate: float = 5e-6, orpo: bool = False, shift: float = 0.0) -> Path:
    """A trainer_state.json."""
    history: list[dict[str, Any]] = []
    for step in range(1, STEPS + 1):
        row = {
            "step": step,
            "epoch": step / STEPS,
            "loss": 1 / step + shift,
            "learning_rate": rate * (1 - (step - 1) / STEPS),
            "rewards/chosen": 0.1 * step,
            "rewards/rejected": -0.1 * step - shift,
            "rewards/margins": 0.2 * step + shift,
            "rewards/accuracies": min(1.0, step / 10),
        }
        history.append({**row, "log_odds_ratio": -0.5, "nll_loss": 1 / step} if orpo else row)
    path.write_text(json.dumps({"log_history": history, "train_batch_size": 4}), encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, Path]:
    """base, dpo and orpo with their logs, and what a user has of further trainings."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {
        "base": answers(folder / "model-7b.json", 4, QUESTIONS),
        "dpo": answers(folder / "DPO_model-7b.json", 5, QUESTIONS),
        "orpo": answers(folder / "ORPO_model-7b.json", QUESTIONS),
        "dpo.log": log(folder / "dpo.trainer_state.json"),
        "orpo.log": log(folder / "orpo.trainer_state.json", orpo=True),
        "low": answers(folder / "orpo-1e-6.json", 5, QUESTIONS),
        "low.log": log(folder / "orpo-1e-6.trainer_state.json", 1e-6, orpo=True, shift=0.2),
        "low.yaml": folder / "orpo-1e-6.yaml",
        "llama": answers(folder / "llama-3-8b.json", 3, QUESTIONS),
        "llama-orpo": answers(folder / "ORPO_llama-3-8b.json", QUESTIONS),
    }
    found["low.yaml"].write_text("learning_rate: 1e-6\nbeta: 0.1\nlora_dropout: 0\n", encoding="utf-8")
    for dropout in ("0.01", "0.1"):
        place = folder / f"dropout-{dropout}"
        place.mkdir(exist_ok=True)
        row = {"peft_type": "LORA", "r": 4, "lora_alpha": 32, "lora_dropout": float(dropout)}
        found[dropout] = place / "adapter_config.json"
        found[dropout].write_text(json.dumps(row), encoding="utf-8")
        found[f"{dropout}.answers"] = answers(folder / f"dropout-{dropout}.json", QUESTIONS - 1, 1)
    return found


def main_arguments(found: Mapping[str, Path], folder: Path) -> list[str]:
    """Of `harness import`, but for experiments."""
    return [
        "import", "--suite", str(suite(folder)), *(f"{name}={found[name]}" for name in ("base", "dpo", "orpo")),
        "--curves", f"dpo={found['dpo.log']}", "--curves", f"orpo={found['orpo.log']}", "--run", "r", "--no-report",
    ]  # fmt: skip


def seed_list(found: Mapping[str, Path]) -> Sequence[dict[str, Any]]:
    """The experiments that the assignment's first report had."""
    dropouts = [
        {"name": f"dropout-{it}", "answers": found[f"{it}.answers"].name,
         "settings": f"dropout-{it}/adapter_config.json", "method": "orpo",
         "why": "Does dropout keep it from fitting too closely?"}
        for it in ("0.01", "0.1")
    ]  # fmt: skip
    return [
        {"name": "orpo-1e-6", "answers": "orpo-1e-6.json", "curves": "orpo-1e-6.trainer_state.json",
         "settings": "orpo-1e-6.yaml", "why": "Is the rate too high?"},
        *dropouts,
        {"name": "llama-3-8b-orpo", "answers": "ORPO_llama-3-8b.json", "base": "llama-3-8b.json",
         "settings": {"base": "org/llama-3-8b", "learning_rate": 5e-6}},
    ]  # fmt: skip
