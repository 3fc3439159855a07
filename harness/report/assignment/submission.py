"""`submission/`: the run's answers in the assignment's JSON format, one file a model, named as it names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data import load_template
from harness.data.recordings import answer_behind_prompt
from harness.errors import HarnessError
from harness.records import Response, Variant
from harness.report import base_of
from harness.resources import file_digest
from harness.store import HeldExperiment, Manifest, Run, read_experiments, write_text

FOLDER = "submission"
Render = Callable[[str], str]
"""A question's text → the prompt, as the run asked it."""


@dataclass(frozen=True)
class Submitted:
    """One file of the submission."""

    file: str
    variant: str
    answers: int
    missing: int
    """Questions without an answer: failed or never asked; a file holds no row for them."""
    digest: str
    """sha256 of the file."""
    echo: bool
    """Whether the prompts in it are the rendered ones, not the bare questions."""


def export(run: Run, folders: Sequence[Path] = ()) -> list[Submitted]:
    """Writes RUN/submission/ and says what lies there; `harness import` reads the same answers back from it."""
    variants = (*run.summary.variants, *run.summary.references)
    names = file_names(variants, base_of(run.summary), run.manifest.base.name)
    render, headers = _render(run.manifest, folders), run.manifest.prompt.headers
    asked = {question.id: question.question for question in run.questions}
    files = [(run, variant, name) for variant, name in zip(variants, names, strict=True)]
    for held in read_experiments(run):
        files += _of_experiment(held, {name for *_, name in files}, {variant.name for variant in variants})
    return [
        _write(run.path / FOLDER / name, variant, asked, of.responses, render, headers) for of, variant, name in files
    ]


def _of_experiment(
    held: HeldExperiment, taken: Collection[str], own: Collection[str]
) -> Iterator[tuple[Run, Variant, str]]:
    """An experiment's answers, and its base's where that is another model whose file is not there yet."""
    if held.told.answers is None:
        return
    variants = held.run.summary.variants
    base = base_of(held.run.summary)
    for variant, name in zip(variants, file_names(variants, base, held.run.manifest.base.name), strict=True):
        if variant.name == held.told.name:
            whole = name if name not in taken else f"{name.removesuffix('.json')}_{variant.name}.json"
            yield held.run, variant, whole
        elif variant.name not in own and name not in taken:
            yield held.run, variant, name


def file_names(variants: Sequence[Variant], base: Variant, base_name: str) -> list[str]:
    """mistral-7b-v0.3-bnb-4bit.json, DPO_mistral-7b-v0.3-bnb-4bit.json, …; a second DPO adds its own name."""
    model, names = _model_name(base, base_name), []
    for variant in variants:
        if variant.name == base.name:
            name = model
        elif variant.method:
            name = f"{variant.method.upper()}_{model}"
        else:
            name = variant.name
        names.append(name if name not in names else f"{name}_{variant.name}")
    return [f"{name}.json" for name in names]


def _model_name(base: Variant, base_name: str) -> str:
    """The base's name without its owner: of a recording, the name of its file."""
    if base.kind == "recorded" and base.path:
        return Path(base.path).stem
    return (base_name or base.name).rstrip("/").rsplit("/", 1)[-1]


def _render(manifest: Manifest, folders: Sequence[Path]) -> Render | None:
    """The prompt template that the run asked with; None where it is gone, has changed, or needs a tokenizer."""
    system = manifest.prompt.system or ""
    try:
        template = load_template(manifest.prompt.name, folders)
        template.render("question", system)
    except HarnessError:
        return None
    if template.sha256 != manifest.prompt.sha256:
        return None
    return lambda question: template.render(question, system)


def _write(
    path: Path,
    variant: Variant,
    asked: Mapping[str, str],
    responses: Mapping[tuple[str, str], Response],
    render: Render | None,
    headers: Sequence[str],
) -> Submitted:
    rows, echo, missing = [], True, 0
    for key, question in asked.items():
        response = responses.get((variant.name, key))
        if response is None or response.error is not None:
            missing += 1
            continue
        wording, prompt = _prompt(response, question, render, headers)
        echo = echo and prompt is not None
        before = prompt if prompt is not None else f"{wording}\n"
        rows.append({"id": _number(key), "prompt": wording, "generated_text": before + response.text})
    # Surrogates that no UTF-8 can hold are written as JSON's own escapes.
    write_text(path, json.dumps(rows, ensure_ascii=False, indent=4) + "\n")
    return Submitted(path.name, variant.name, len(rows), missing, file_digest(path), echo)


def _prompt(response: Response, question: str, render: Render | None, headers: Sequence[str]) -> tuple[str, str | None]:
    """(what was asked, the prompt before the answer); a recorded prompt that holds the question stands as it is."""
    asked = response.asked or question
    if response.asked is not None and response.prompt_sha256 == "":
        return asked, _if_cut_off(asked, question, response.text, headers)
    if render is None:
        return asked, None
    return asked, _if_cut_off(render(asked), asked, response.text, headers)


def _if_cut_off(prompt: str, wording: str, text: str, headers: Sequence[str]) -> str | None:
    """The prompt, if reading it back cuts off exactly that."""
    return prompt if answer_behind_prompt(prompt + text, prompt, wording, headers) == text else None


def _number(key: str) -> int | str:
    """7 for "7": the assignment counts its questions."""
    return int(key) if key.isdecimal() and key == str(int(key)) else key
