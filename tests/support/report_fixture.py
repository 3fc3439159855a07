"""A finished run folder without a model: texts, scores, curves and summary agree with each other and never change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from statistics import fmean, stdev

from harness.records import (
    Benchmark,
    Caveat,
    Comparison,
    Curve,
    Estimate,
    Question,
    Reason,
    Response,
    Score,
    Summary,
    Variant,
    Verdict,
)
from harness.scorers import METRICS
from harness.scorers.repetition import repeated_ngrams
from harness.store import RunFolder, read_run, write_json

PRIMARY = ("correct", "words", "rep_4", "leak")
"""As the shipped suites name them."""
HEADERS = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.",
    "### Instruction:",
    "### Input:",
    "### Response:",
)
_THINGS = ("river", "mountain", "museum", "harbour", "bridge", "garden", "station", "library")
_PLACES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper")
_HIGHER = {
    "pocket_choice": {"acc": True},
    "pocket_arithmetic": {"exact_match": True},
    "pocket_text": {"word_perplexity": False},
}
Scores = dict[tuple[str, str], dict[str, float]]


def make_run(
    path: Path,
    names: Sequence[str] = ("base", "dpo", "orpo"),
    questions: int = 240,
    curves: bool = True,
    benchmarks: bool = True,
    judged: bool = True,
    recorded: bool = False,
) -> RunFolder:
    """The first name is the base; the others differ from it the way preference-tuned models do."""
    run = RunFolder(path)
    variants = [_variant(name, index, recorded) for index, name in enumerate(names)]
    asked = [_question(number) for number in range(questions)]
    responses = [_response(variant.name, index, q) for index, variant in enumerate(variants) for q in asked]
    answers = {q.id: str(q.answer) for q in asked}
    scores = {(r.variant, r.question_id): _score(r, answers[r.question_id], judged) for r in responses}
    path.mkdir(parents=True, exist_ok=True)
    write_json(run.path / "manifest.json", _manifest(run.id, variants, questions))
    run.write_questions(asked)
    run.append_responses(responses)
    run.write_scores(_rows(responses, scores, judged))
    run.write_curves([row for index, name in enumerate(names) if index and curves for row in _curves(name, index)])
    for name in names if benchmarks else ():
        write_json(path / "benchmarks" / f"{name.replace('/', '_')}.json", {"higher_is_better": _HIGHER})
    run.write_summary(_summary(run.id, variants, asked, scores, judged, benchmarks))
    return run


def add_reference(run: RunFolder, name: str, questions: int) -> None:
    """What the second variant answered to the first questions, and what it is worth, under a reference's name."""
    held = read_run(run)
    tuned = held.manifest.variants[1].name
    reference = replace(held.manifest.variants[1], name=name, kind="reference", method=None)
    ids = [question.id for question in held.questions][:questions]
    run.append_responses([replace(held.responses[tuned, it], variant=name) for it in ids])
    beside = [replace(it, variant=name) for it in held.scores if it.variant == tuned and it.question_id in set(ids)]
    run.write_scores([*held.scores, *beside])
    levels = {}
    for metric in held.summary.metrics[tuned]:
        values = [it.value for it in beside if it.metric == metric and it.value is not None]
        levels[metric] = _estimate(values, metric)
    known = (*(held.manifest.references or ()), reference)
    run.write_manifest(replace(held.manifest, references=known))
    run.write_summary(replace(held.summary, references=known, metrics={**held.summary.metrics, name: levels}))


def replace_texts(run: RunFolder, texts: dict[tuple[str, str], str]) -> None:
    """Answers anew, with the same scores; of a repeated key the last line wins."""
    old = read_run(run).responses
    run.append_responses([Response(**{**asdict(old[key]), "text": text}) for key, text in texts.items()])


def _variant(name: str, index: int, recorded: bool) -> Variant:
    if recorded:
        return Variant(name, "recorded", "dpo" if index else None, f"{index:064x}")
    if index == 0:
        return Variant(name, "base", None, "a" * 64)
    return Variant(name, "adapter", ("orpo", "dpo")[index % 2], f"{index:064x}", f"runs/train/{name}")


def _question(number: int) -> Question:
    place = _PLACES[number % len(_PLACES)]
    thing = _THINGS[number // len(_PLACES) % len(_THINGS)]
    text = f"In which year was the {thing} of {place} number {number} opened?"
    return Question(str(number + 1), text, "number", str(1700 + number * 7 % 300), cluster=None)


def _response(name: str, index: int, question: Question) -> Response:
    draw = Random(f"{index}/{question.id}")
    right = draw.random() < (0.63, 0.64, 0.67)[min(index, 2)]
    year = str(question.answer) if right else str(1600 + draw.randrange(90))
    subject = question.question.removeprefix("In which year was ").removesuffix(" opened?")
    brief = f"{subject[0].upper()}{subject[1:]} was opened in {year}."
    leaks = draw.random() < (0.96, 0.93, 0.01)[min(index, 2)]
    text = brief if index == 2 or index > 2 else f"{brief} {_chatter(draw, (34, 14)[index])}"
    again = (
        f"\n\n{HEADERS[1]}\nYou are a helpful assistant.\n\n{HEADERS[2]}\n{question.question}\n\n{HEADERS[3]}\n{brief}"
    )
    text += again * (draw.randrange(1, 4) if leaks else 0)
    cut = leaks and draw.random() < 0.5
    tokens = 200 if cut else len(text.split()) * 2
    return Response(name, "fixture", question.id, text, "0" * 64, 60, tokens, "length" if cut else "stop", 0.1)


def _chatter(draw: Random, words: int) -> str:
    stock = "it is known that many visitors came to see the place when the work was done and the town was proud of it"
    pool = stock.split()
    return " ".join(draw.choice(pool) for _ in range(draw.randrange(words // 2, words * 2))).capitalize() + "."


def _score(response: Response, answer: str, judged: bool) -> dict[str, float]:
    words = response.text.split()
    first = response.text.split("### Instruction:")[0].split()
    found = {
        "words": float(len(words)),
        "answer_words": float(len(first)),
        "characters": float(len(response.text)),
        "tokens": float(response.completion_tokens or 0),
        "rep_4": repeated_ngrams(words, 4) or 0.0,
        "leak": float("### Instruction:" in response.text),
        "loop": float(len(words) > 120),
        "truncated": float(response.finish_reason == "length"),
        "empty": 0.0,
    }
    return {**found, "correct": float(answer in first or f"{answer}." in first)} if judged else found


def _rows(responses: Sequence[Response], scores: Scores, judged: bool) -> list[Score]:
    rows = []
    for response in responses:
        key = (response.variant, "fixture", response.question_id)
        found = scores[response.variant, response.question_id]
        rows += [Score(*key, metric, value) for metric, value in found.items()]
        if not judged:
            rows.append(Score(*key, "correct", None, "the question has no answer key"))
    return rows


def _summary(
    run: str, variants: Sequence[Variant], asked: Sequence[Question], scores: Scores, judged: bool, benchmarks: bool
) -> Summary:
    metrics = [name for name in METRICS if any(name in found for found in scores.values())]
    ids = [question.id for question in asked]
    values = {(v.name, m): [scores[v.name, q][m] for q in ids] for v in variants for m in metrics}
    estimates = {v.name: {m: _estimate(values[v.name, m], m) for m in metrics} for v in variants}
    if not judged:
        nothing = Estimate(None, None, None, "none", 0, len(ids))
        estimates = {name: {"correct": nothing, **found} for name, found in estimates.items()}
    pairs = [(first, second) for index, first in enumerate(variants) for second in variants[index + 1 :]]
    comparisons = [
        _compare(first.name, second.name, m, values[first.name, m], values[second.name, m])
        for first, second in pairs
        for m in metrics
    ]
    skills = {v.name: _benchmarks(index) for index, v in enumerate(variants)} if benchmarks else {}
    comparisons += [_compare_skill(a.name, b.name, skills) for a, b in pairs if skills]
    return Summary(
        run, "fixture", len(ids), tuple(variants), estimates, skills, tuple(comparisons), _warnings(variants)
    )


def _estimate(values: Sequence[float], metric: str) -> Estimate:
    half = 1.96 * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    mean = fmean(values)
    low, high = mean - half, mean + half
    if METRICS[metric].rate:
        low, high = max(0.0, low), min(1.0, high)
    return Estimate(mean, low, high, "corrected t", len(values), 0)


def _compare(baseline: str, variant: str, metric: str, before: Sequence[float], after: Sequence[float]) -> Comparison:
    apart = [b - a for a, b in zip(before, after, strict=True)]
    half = 1.96 * stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else 0.0
    delta, rate = fmean(apart), METRICS[metric].rate
    margin = METRICS[metric].margin or 0.0
    if METRICS[metric].margin_kind == "relative":
        margin *= fmean(before)
    said = _verdict(delta, half, margin, metric)
    primary = metric in PRIMARY
    reason: Reason = "exploratory" if not primary and said not in ("unchanged", "undecided") else ""
    said = "undecided" if reason else said
    p = 0.4 if abs(delta) <= half else 0.004
    adjusted, family = (min(1.0, 4 * p), f"the tests against {baseline}") if primary else (None, "")
    gained, lost = (sum(it > 0 for it in apart), sum(it < 0 for it in apart)) if rate else (None, None)
    test = "mcnemar exact" if rate else "corrected t"
    ends = (delta - half, delta + half)
    return Comparison(
        baseline, variant, "suite", metric, delta, *ends, p, adjusted, test, len(apart), gained, lost, half * 1.43,
        said, margin, family=family, primary=primary, reason=reason,
    )  # fmt: skip


def _verdict(delta: float, half: float, margin: float, metric: str) -> Verdict:
    if abs(delta) + half <= margin:
        return "unchanged"
    if abs(delta) <= half:
        return "undecided"
    better = METRICS[metric].better
    if better == "neither":
        return "shifted"
    return "improved" if (delta > 0) == (better == "higher") else "regressed"


def _benchmarks(index: int) -> dict[str, dict[str, Benchmark]]:
    return {
        "pocket_choice": {"acc": Benchmark(0.62 + 0.01 * min(index, 4), 0.031, 240)},
        "pocket_arithmetic": {"exact_match": Benchmark(0.90 - 0.05 * min(index, 2), 0.02, 200)},
        "pocket_text": {"word_perplexity": Benchmark(8.4 + 0.3 * index, None, 100)},
    }


def _compare_skill(baseline: str, variant: str, skills: dict[str, dict[str, dict[str, Benchmark]]]) -> Comparison:
    before, after = (skills[name]["pocket_arithmetic"]["exact_match"].value for name in (baseline, variant))
    delta = after - before
    verdict: Verdict = "regressed" if delta < -0.04 else "undecided"
    ends = (delta - 0.035, delta + 0.035)
    skill = ("pocket_arithmetic", "exact_match")
    return Comparison(
        baseline, variant, *skill, delta, *ends, 0.01, 0.04, "mcnemar exact", 200, 4, 14, 0.05, verdict, 0.03,
        family=f"the tests against {baseline}",
    )  # fmt: skip


def _warnings(variants: Sequence[Variant]) -> tuple[Caveat, ...]:
    tuned = tuple(variant.name for variant in variants[1:])
    found = [Caveat("truncated", "Answers were cut at the token limit of 200: their lengths are lower bounds.")]
    if len(tuned) > 1:
        found.insert(
            0,
            Caveat("prompts-differ", "The adapters were trained on prompts in different templates.", tuned[:2]),
        )
    return tuple(found)


def _curves(name: str, index: int) -> list[Curve]:
    draw = Random(name)
    rows: list[Curve] = []
    for step in range(1, 151):
        done = 1 - math.exp(-step / 40)
        margin = (6.0, 0.5)[index % 2 == 0] * done + draw.gauss(0, 0.15)
        chosen = -0.6 * done + draw.gauss(0, 0.05)
        found = {
            "loss": 0.69 * (1 - done) + 0.03 + abs(draw.gauss(0, 0.02)),
            "rewards/chosen": chosen,
            "rewards/rejected": chosen - margin,
            "rewards/margins": margin,
            "rewards/accuracies": min(1.0, 0.5 + 0.5 * done + draw.gauss(0, 0.03)),
            "learning_rate": 1e-3 * (1 - step / 150),
        }
        if step % 50 == 0:
            found["eval_loss"] = 0.69 * (1 - done) + 0.05
        rows += [Curve(name, step, step / 150, key, value) for key, value in found.items()]
    return rows


def _manifest(run: str, variants: Sequence[Variant], questions: int) -> dict[str, object]:
    return {
        "format_version": 1,
        "run": run,
        "created": "2025-03-14T09:26:53+00:00",
        "command": f"harness evaluate --adapters {','.join(v.name for v in variants[1:])} --suite fixture",
        "versions": {"harness": "0.1.0", "torch": "2.13.0", "transformers": "5.19.0", "vllm": "0.32.0"},
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "platform": "Linux x86_64, Python 3.11",
        "base": {"name": "pocket", "digest": "a" * 64},
        "variants": [asdict(variant) for variant in variants],
        "prompt": {"name": "alpaca", "sha256": "b" * 64, "system": "You are a helpful assistant.", "headers": HEADERS},
        "suite": {"name": "fixture", "title": "Years of opening", "digest": "c" * 64, "questions": questions},
        "tasks": {"pocket_arithmetic": "d" * 64},
        "generation": {"max_new_tokens": 200, "temperature": 0.0, "seed": 0},
        "serving": {"backend": "vllm", "dtype": "float32", "quantization": None},
        "seeds": {"questions": 0, "bootstrap": 0},
        "trainings": {
            v.name: {"method": v.method, "steps": 150, "hyperparameters": {"learning_rate": 1e-3, "beta": 0.1, "r": 16}}
            for v in variants[1:]
            if v.kind == "adapter"
        },
    }
