"""From configuration and command line to an Evaluation: every name looked up, every fault found, nothing loaded."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.asking.evaluation import Evaluation
from harness.asking.own_templates import lend_template
from harness.asking.tasks import Tasks, find_tasks
from harness.config import Config, Generation, checked
from harness.data import Template, chat_template_of, list_templates, load_template
from harness.data.suites import Suite, load_suite, sample, task_folders
from harness.errors import HarnessError, unknown
from harness.generators import choose_serving, known_backend
from harness.models import (
    POCKET,
    Adapter,
    Model,
    Weights,
    base_of,
    check_base,
    find_base,
    find_places,
    find_tuned,
    load_tokenizer,
    went_on_from,
)
from harness.resources import search_path
from harness.scorers import METRICS
from harness.store import TRAININGS
from harness.task_settings import TaskSettings


@dataclass(frozen=True)
class Wishes:
    """What the command line says; None and () leave it to the configuration."""

    adapters: Sequence[str] = ()
    base: str | None = None
    suite: str | None = None
    tasks: Sequence[str] | None = None
    backend: str | None = None
    limit: int | None = None
    noise_floor: bool = False
    task_limit: int | float | None = None
    lm_eval: Mapping[str, Any] = field(default_factory=dict)
    """Of how lm-eval tasks are asked, what is said; it beats the configuration key by key."""
    serves_adapters: bool = False
    """Whether adapters come that are not named yet."""


def plan_evaluation(config: Config, wishes: Wishes, command: str) -> Evaluation:
    """The evaluation that is asked for; refuses what is unknown, torn or does not fit together."""
    backend = known_backend(wishes.backend or config.backend)
    places = find_places(wishes.adapters or list(config.adapters), config.adapters, TRAININGS)
    adapters, models = find_tuned(places)
    base = _base(wishes.base or config.base, adapters, models)
    strangers = {adapter.name: stranger for adapter in adapters if (stranger := check_base(adapter, base))}
    limit = wishes.limit or config.limit
    suite = known_suite(wishes.suite or config.suite or _usual_suite(base), config)
    questions = sample(suite.questions, limit, config.seed)
    tasks, task_limit = _tasks(config, wishes, suite), _task_limit(wishes.task_limit or config.task_limit)
    name, system = _prompt_name(config, suite, adapters), _system(config, suite, adapters)
    template, unasked = _template(config, name, base, adapters)
    serves_adapters = bool(adapters) or wishes.serves_adapters
    weights = [base, *(model.weights for model in models)]
    written = generation(config, suite)
    tokens = len(questions) * written.samples * written.max_new_tokens * (len(weights) + len(adapters))
    chosen = choose_serving(backend, config.serving, weights, adapters, serves_adapters, tokens)
    return Evaluation(
        base=base,
        adapters=adapters,
        suite=suite,
        questions=questions,
        template=template,
        system=system,
        tasks=tasks,
        backend=chosen.backend,
        generation=written,
        serving=config.serving.model_copy(update={"dtype": chosen.dtype}),
        limit=limit,
        task_limit=task_limit,
        seed=config.seed,
        command=command,
        noise_floor=wishes.noise_floor or config.noise_floor,
        day=config.day,
        notes={
            "base_names": strangers,
            "unasked_templates": unasked,
            "went_on_from": {adapter.name: before for adapter in adapters if (before := went_on_from(adapter))},
            "system_otherwise": trained if (trained := _trained_system(adapters)) != system else None,
            "backend": chosen.why,
            "not_the_suites": suite.prompt if name != suite.prompt and config.prompt is None else None,
            "tasks_whole": bool(limit is not None and tasks.names and task_limit is None),
        },
        models=models,
        own_templates=_own_templates(config, name, models, template),
        backend_is_open=backend == "auto",
    )


def known_suite(name: str, config: Config) -> Suite:
    """The suite of that name or path, with a line on all that was taken for granted; refuses unknown metrics."""
    suite = load_suite(name, config.folders.tasks)
    for note in suite.notes:
        logging.getLogger("harness").warning(note)
    for key, metrics in (("margins", suite.margins), ("primary", suite.primary)):
        for metric in metrics:
            if metric not in METRICS:
                unknown("metric", metric, METRICS, f"It stands under {key} in {suite.path / 'suite.yaml'}.")
    return suite


def generation(config: Config, suite: Suite) -> Generation:
    """Defaults, then the suite's settings, then the configuration's."""
    given: dict[str, Any] = {**suite.generation, **config.generation}
    return checked(Generation, given, f"generation of suite {suite.name} or configuration")


def _base(name: str | None, adapters: Sequence[Adapter], models: Sequence[Model]) -> Weights:
    if name is not None:
        return find_base(name)
    # What a merged model was made of is asked only where no adapter says more.
    tuned = [(one.name, base_of(one)) for one in adapters] or [(one.name, _base_of_model(one)) for one in models]
    named = dict.fromkeys(base for _, base in tuned)
    if not named:
        return find_base(POCKET)
    if len(named) > 1:
        pairs = ", ".join(f"{tuned_name}: {base}" for tuned_name, base in tuned)
        raise HarnessError(f"The adapters name different bases ({pairs}). Give the one to ask with --base.")
    return find_base(str(next(iter(named))))


def _base_of_model(model: Model) -> str:
    if model.base_name is None:
        raise HarnessError(
            f"The model '{model.name}' does not name the base that it was made of. Give it with --base MODEL."
        )
    return model.base_name


def _usual_suite(base: Weights) -> str:
    return POCKET if base.is_pocket else "assignment"


def _prompt_name(config: Config, suite: Suite, adapters: Sequence[Adapter]) -> str:
    """The prompt template's name: the configuration's, else what all adapters were trained with, else the suite's."""
    if asked := config.prompt or config.train.prompt:
        return asked
    trained = {adapter.certificate.prompt.name for adapter in adapters if adapter.certificate.prompt.name}
    known = trained & set(list_templates(config.folders.prompts))
    return next(iter(known)) if len(trained) == 1 and known else suite.prompt


def _system(config: Config, suite: Suite, adapters: Sequence[Adapter]) -> str:
    """The system line: the configuration's, else the suite's, else what all adapters were trained with."""
    asked = config.train.system if config.system is None else config.system
    if asked is not None:
        return asked
    return suite.system or _trained_system(adapters) or ""


def _trained_system(adapters: Sequence[Adapter]) -> str | None:
    """The line that all adapters were trained with; None where they differ, or where nobody said."""
    trained = {adapter.certificate.prompt.line for adapter in adapters if adapter.certificate}
    return next(iter(trained)) if len(trained) == 1 else None


def _template(
    config: Config, name: str, base: Weights, adapters: Sequence[Adapter] = ()
) -> tuple[Template, tuple[str, ...]]:
    """(the prompt template, the adapters that were saved with another chat template than the one that it takes)."""
    # Only a template that uses it needs the tokenizer, which takes seconds to import.
    own = len(search_path("prompts", config.folders.prompts)) > 1
    plain = name != "chat" and not own
    tokenizer = None if plain else load_tokenizer(base, config.serving.trust_remote_code)
    others = () if tokenizer is None else lend_template(tokenizer, adapters)
    template = load_template(name, config.folders.prompts, chat_template_of(tokenizer, config.day))
    return template, others if template.chat_sha256 else ()


def _own_templates(config: Config, name: str, models: Sequence[Model], template: Template) -> dict[str, Template]:
    """Of the models whose tokenizers bring another chat template than the base's."""
    own = {model.name: _template(config, name, model.weights)[0] for model in models}
    probe = ("question", "system")
    return {name: found for name, found in own.items() if found.render(*probe) != template.render(*probe)}


def _tasks(config: Config, wishes: Wishes, suite: Suite) -> Tasks:
    names = wishes.tasks if wishes.tasks is not None else config.tasks if config.tasks is not None else suite.tasks
    if not names:
        return Tasks((), None, {})
    return find_tasks(names, task_folders(config.folders.tasks), _task_settings(config, wishes))


def _task_settings(config: Config, wishes: Wishes) -> TaskSettings:
    settings = checked(TaskSettings, {**config.lm_eval.model_dump(), **wishes.lm_eval}, "How lm-eval tasks are asked")
    if settings.samples and (wishes.task_limit or config.task_limit):
        raise HarnessError("Documents of a task are chosen by --samples or by --task-limit: leave one of them out.")
    return settings


def _task_limit(limit: int | float | None) -> int | float | None:
    """As lm-eval takes its own: below 1 a share of the documents, from 1 on so many of them."""
    return limit if limit is None or limit < 1 else int(limit)
