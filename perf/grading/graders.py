"""Whether an answer is right, by our grader and by others: one function each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.records import Match, Question, Response
from harness.scorers import score_response

Judge = Callable[[Question, str], bool]
NUMBERS: tuple[Match, ...] = ("number",)


@dataclass(frozen=True)
class Grader:
    """Somebody's rule for what is right."""

    judge: Judge
    kinds: tuple[Match, ...] | None = None
    """The kinds of key that it is made for; None for all."""


def ours(question: Question, text: str) -> bool:
    """As `harness evaluate` scores it: the whole answer, thoughts and all."""
    response = Response("v", "s", question.id, text, "")
    (value,) = [
        score.value for score in score_response(question, response, (), rouge=False) if score.metric == "correct"
    ]
    return value == 1.0


def math_verify(question: Question, text: str) -> bool:
    """math-verify's own door with its defaults: the key parsed as LaTeX, as an expression or as a letter."""
    import math_verify as package

    if question.match == "choice":
        kinds: list[Any] = [package.StringExtractionConfig()]
        return bool(package.verify(package.parse(question.answer or "", kinds), package.parse(text, kinds)))
    return bool(package.verify(package.parse(f"${question.answer}$"), package.parse(text)))


def flexible_extract(question: Question, text: str) -> bool:
    """The last number and exact_match as lm-eval's gsm8k has them, by its own filters and metric."""
    filters, metric, options = _gsm8k()
    (answer,) = next(iter(filters.apply([[text]], [{}])))
    found = metric(predictions=[answer], references=[question.answer or ""], **options)
    return bool(found["exact_match"] == 1.0)


@cache
def _gsm8k() -> tuple[Any, Callable[..., Mapping[str, float]], Mapping[str, Any]]:
    """Filter, metric and its options from the task's own file."""
    from importlib.resources import files

    import yaml
    from lm_eval.api.metrics import exact_match_hf_evaluate
    from lm_eval.filters.extraction import RegexFilter

    task = yaml.safe_load((files("lm_eval") / "tasks" / "gsm8k" / "gsm8k.yaml").read_text(encoding="utf-8"))
    (flexible,) = [one for one in task["filter_list"] if one["name"] == "flexible-extract"]
    (regex,) = [dict(step) for step in flexible["filter"] if step["function"] == "regex"]
    regex.pop("function")
    options = {
        name: task["metric_list"][0][name] for name in ("regexes_to_ignore", "ignore_case", "ignore_punctuation")
    }
    return RegexFilter(**regex), exact_match_hf_evaluate, options


_LAST = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def last_number(question: Question, text: str) -> bool:
    """The last number in digits, commas left out, is worth what the key is."""
    numbers = _LAST.findall(text)
    try:
        return bool(numbers) and float(numbers[-1].replace(",", "")) == float(question.answer or "")
    except ValueError:
        return False


GRADERS: Mapping[str, Grader] = {
    "ours": Grader(ours),
    "math-verify": Grader(math_verify, ("number", "math", "choice")),
    "lm-eval, flexible extract": Grader(flexible_extract, NUMBERS),
    "last number": Grader(last_number, NUMBERS),
}
