"""A local model as the judge: every pair in both orders, the likeliest of three digits, kept as verdicts come."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.config import DAY, Serving
from harness.data import chat_template_of
from harness.errors import HarnessError, refuse_differing, unknown
from harness.generators import choose_serving, open_generator
from harness.judging import Choice
from harness.machine import Progress
from harness.models import Weights, load_tokenizer, prompt_ids
from harness.records import BASE
from harness.resources import search_path, text_digest
from harness.store import Run, append_jsonl, is_answered, read_json, read_jsonl, write_json

PROMPT = "judges/pairwise.jinja"
_DIGITS: dict[str, Choice] = {"1": "first", "2": "second", "0": "tie"}
_BATCH = 16
_LEADING = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Asking:
    """One asking: a question, and whose answers stand first and second."""

    question_id: str
    sample: int
    first: str
    second: str

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What tells askings apart."""
        return (self.question_id, self.sample, self.first, self.second)


def askings(run: Run, baseline: str) -> list[Asking]:
    """Every pair of answers to one question, each variant's with the baseline's, in both orders."""
    names = [variant.name for variant in run.summary.variants]
    samples = run.manifest.generation.samples or 1
    if baseline not in names:
        unknown("variant", baseline, names, "--against is a variant of the run.")
    found = []
    for variant in (name for name in names if name != baseline):
        for question in run.questions:
            for sample in range(samples):
                both = [run.answers.get((name, question.id, sample)) for name in (baseline, variant)]
                if all(is_answered(one) for one in both):
                    found += [
                        Asking(question.id, sample, baseline, variant),
                        Asking(question.id, sample, variant, baseline),
                    ]
    return found


def ask_judge(
    run: Run,
    folder: Path,
    name: str,
    judge: Weights,
    serving: Serving,
    baseline: str,
    rubric: str = "",
    folders: Sequence[Path] = (),
) -> tuple[Path, list[str]]:
    """Writes NAME.verdicts.jsonl, a row an asking, and returns its path and what a user should know of this judge.

    What is there is not asked again; a file of other settings is refused. A pair that the judge has no room for gets an
    empty verdict, which is not judged.
    """
    source = _source(folders)
    verdicts, settings = folder / f"{name}.verdicts.jsonl", folder / f"{name}.asked.json"
    identity = {
        "judge": judge.digest,
        "prompt": text_digest(source),
        "rubric": text_digest(rubric) if rubric else "",
        "against": baseline,
        **serving.identity(),
    }
    if settings.is_file():
        refuse_differing(folder / name, read_json(settings)["identity"], identity, "--name")
    wanted = askings(run, baseline)
    if not wanted:
        raise HarnessError(f"{run.id} has no two answers to one question: there is nothing to judge.")
    folder.mkdir(exist_ok=True)
    write_json(settings, {"format_version": 1, "judge": judge.name, "identity": identity})
    known = {_key(row) for row in read_jsonl(verdicts)}
    lacking = [it for it in wanted if it.key not in known]
    if lacking:
        with Progress(f"judging by {judge.name}", len(wanted), "verdict", len(wanted) - len(lacking)) as progress:
            for rows in _verdicts(run, judge, serving, lacking, source, rubric):
                append_jsonl(verdicts, rows)
                progress.advance(len(rows))
    return verdicts, list(_remarks(run, judge))


def judge_prompt(source: str, question: str, first: str, second: str, rubric: str = "") -> str:
    """What a judge is asked; the three texts are JSON strings in it."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters["json"] = lambda text: json.dumps(text, ensure_ascii=False)
    return environment.from_string(source).render(question=question, first=first, second=second, rubric=rubric)


def _verdicts(
    run: Run, judge: Weights, serving: Serving, lacking: Sequence[Asking], source: str, rubric: str
) -> Iterator[list[dict[str, Any]]]:
    tokenizer = load_tokenizer(judge, serving.trust_remote_code)
    chat = chat_template_of(tokenizer, DAY)
    questions = {question.id: question.question for question in run.questions}
    choice = choose_serving("transformers", serving, [judge], [], False, len(lacking))
    generator = open_generator(choice.backend, judge, [], serving.model_copy(update={"dtype": choice.dtype}))
    try:
        ends = [tokenizer(digit, add_special_tokens=False)["input_ids"][-1:] for digit in _DIGITS]
        if len({tuple(end) for end in ends}) < len(ends):
            raise HarnessError(f"{judge.name} has no tokens of their own for 1, 2 and 0: it cannot judge by digits.")
        room = generator.context_length
        for start in range(0, len(lacking), _BATCH):
            asked = lacking[start : start + _BATCH]
            prompts = []
            for it in asked:
                told = (
                    run.answers[it.first, it.question_id, it.sample],
                    run.answers[it.second, it.question_id, it.sample],
                )
                question = told[0].asked or told[1].asked or questions.get(it.question_id, it.question_id)
                text = judge_prompt(source, question, told[0].text, told[1].text, rubric)
                prompts.append(
                    tokenizer(chat("", text), add_special_tokens=False)["input_ids"]
                    if chat is not None
                    else prompt_ids(tokenizer, f"{text}\nVerdict: ")
                )
            fitting = [place for place, ids in enumerate(prompts) if len(ids) < room]
            pairs = [(prompts[place], end) for place in fitting for end in ends]
            found = [one.total for one in generator.loglikelihoods(BASE, pairs)] if pairs else []
            said: dict[int, Choice] = {}
            for number, place in enumerate(fitting):
                scores = found[number * len(ends) : (number + 1) * len(ends)]
                said[place] = list(_DIGITS.values())[scores.index(max(scores))]
            yield [_row(it, said.get(place), len(prompts[place]), room) for place, it in enumerate(asked)]
    finally:
        generator.close()


def _row(asked: Asking, choice: Choice | None, tokens: int, room: int) -> dict[str, Any]:
    row = {
        "question_id": asked.question_id, "sample": asked.sample, "first": asked.first, "second": asked.second,
        "verdict": choice or "",
    }  # fmt: skip
    return row if choice else {**row, "reason": f"{tokens} tokens, and the judge holds {room}"}


def _key(row: dict[str, Any]) -> tuple[str, int, str, str]:
    return str(row["question_id"]), int(row["sample"]), str(row["first"]), str(row["second"])


def _source(folders: Sequence[Path]) -> str:
    found = (folder / PROMPT for folder in search_path("prompts", folders))
    return next(path for path in found if path.is_file()).read_text(encoding="utf-8")


def _remarks(run: Run, judge: Weights) -> Iterator[str]:
    base = run.manifest.base
    if base.digest and base.digest == judge.digest:
        yield f"{judge.name} is the base of the models that it judges: it may prefer what it would have written itself."
        return
    family, judged = (_LEADING.search(Path(name).name) for name in (judge.name, base.name))
    if family and judged and family[0].casefold() == judged[0].casefold():
        yield (
            f"{judge.name} and {base.name}, by their names, are of one family: judges prefer what they would have "
            "written themselves (Panickssery et al. 2024, arXiv:2404.13076)."
        )
