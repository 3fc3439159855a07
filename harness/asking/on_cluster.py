"""The questions of an evaluation shared out over engines on a Ray cluster; every row comes home as it is written."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

from harness.asking.ask import answers, load_missing_tasks, opened, render_prompt, results
from harness.asking.evaluation import Evaluation, Gaps, Round
from harness.asking.tasks import TaskResults, first_broken, keep_results
from harness.errors import BrokenTask, HarnessError, Incomplete
from harness.machine import Progress, connected
from harness.models import POCKET, Weights, find_base, load_tokenizer
from harness.records import Response
from harness.store import ADAPTER_CONFIG, WEIGHTS, RunFolder, is_answered

_ATTEMPTS = 3
"""How often what dead engines left is shared out again before the user is asked."""
_GRACE = 10.0
"""Seconds that an engine has to end by itself."""
_ADAPTER_FILES = (WEIGHTS, ADAPTER_CONFIG)

Files = Mapping[str, Mapping[str, bytes]]
"""adapter → file name → content: the folders of this machine are not those of the others."""


@dataclass(frozen=True)
class ArrivedAnswers:
    """Some answers of one round."""

    rows: Sequence[Response]
    turn: Round


@dataclass(frozen=True)
class ArrivedResults:
    """One lm-eval task of one variant."""

    variant: str
    task: str
    results: TaskResults


def ask_on_cluster(
    evaluation: Evaluation, run: RunFolder, gaps: Gaps, engines: int, address: str | None = None
) -> None:
    """Fills the run folder's gaps with so many engines at a time, one load of a model after the other.

    Only this process writes to the folder. What a dead engine had not yet returned is asked again of others.
    """
    load_missing_tasks(evaluation, gaps)
    with connected(address) as ray:
        for load in evaluation.loads:
            left, died = gaps.of(load), None
            for _ in range(_ATTEMPTS):
                left, died = _share_out(ray, load, run, left, engines) if left else (left, None)
                if died is None:
                    break
            else:
                raise Incomplete(
                    f"Engines died {_ATTEMPTS} times (the last: {died}): {left.questions} answers and "
                    f"{len(left.tasks)} task results are missing. Run the same command again to ask for them."
                )


def _share_out(ray: Any, load: Evaluation, run: RunFolder, gaps: Gaps, engines: int) -> tuple[Gaps, str | None]:
    """Asks for what is missing, in shards: (what is left, of what an engine died), None where none did."""
    shards = [shard for number in range(engines) if (shard := gaps.shard(number, engines))]
    portable, files = ray.put(_portable(load)), ray.put(_files(load))
    resources = {"num_gpus": 1} if ray.cluster_resources().get("GPU") else {"num_cpus": 1}
    # Ray's own retry would ask for everything again, and not only for what has not come home.
    # Spread: two engines on one machine would share its memory's bandwidth while another machine idles.
    engine = ray.remote(num_returns="streaming", max_retries=0, scheduling_strategy="SPREAD", **resources)(_engine)
    streams = [engine.remote(portable, files, shard, ray.get_runtime_context().get_node_id()) for shard in shards]
    title = f"asking with {len(shards)} engine{'s' if len(shards) > 1 else ''}"
    try:
        with Progress(title, gaps.questions + len(gaps.tasks), "result") as progress:
            left, died = _keep_all(ray, streams, run, gaps, progress)
            return left, died or (None if progress.done == progress.total else "a stream that broke off")
    finally:
        _stop(ray, streams)


def _stop(ray: Any, streams: Sequence[Any]) -> None:
    """Ends engines that still run: they clear up behind them; those that do not listen are killed."""
    # Ray 2.60 can end this process where a task is cancelled as it ends: asking only those that run makes that rare.
    for grace, force in ((0.0, False), (_GRACE, True)):
        ends = {stream.completed(): stream for stream in streams}
        _, running = ray.wait(list(ends), num_returns=len(ends), timeout=grace)
        streams = [ends[end] for end in running]
        for stream in streams:
            ray.cancel(stream, force=force)
        if not streams:
            return


def _keep_all(ray: Any, streams: list[Any], run: RunFolder, gaps: Gaps, progress: Progress) -> tuple[Gaps, str | None]:
    """Writes down what the engines return until all have ended; (what is still missing, of what one died)."""
    died, running = None, list(streams)
    broken: list[BrokenTask] = []
    answered: set[tuple[Round, str]] = set()
    measured: set[tuple[str, str]] = set()
    while running:
        (ready,), _ = ray.wait(running, num_returns=1)
        try:
            arrival = ray.get(next(ready))
            progress.advance(_keep(arrival, run))
            if isinstance(arrival, ArrivedAnswers):
                answered |= {(arrival.turn, row.question_id) for row in arrival.rows if is_answered(row)}
            else:
                measured.add((arrival.variant, arrival.task))
        except StopIteration:
            running.remove(ready)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, BrokenTask):
                # The others go on: no engine could have done better.
                broken.append(error.cause)
                running.remove(ready)
                continue
            if not isinstance(error.cause, ray.exceptions.RayError):
                # The engine itself is well: what it refuses, another would refuse.
                raise error.cause from None
            died = _lost(running, ready, error.cause)
        except ray.exceptions.RayError as error:
            died = _lost(running, ready, error)
    if broken:
        raise first_broken(broken, run)
    return gaps.without(answered, measured), died


def _lost(running: list[Any], stream: Any, error: Exception) -> str:
    running.remove(stream)
    died = type(error).__name__
    logging.getLogger("harness").warning("An engine died (%s); what it left will be shared out again.", died)
    return died


def _keep(arrival: ArrivedAnswers | ArrivedResults, run: RunFolder) -> int:
    if isinstance(arrival, ArrivedAnswers):
        run.append_responses(arrival.rows, arrival.turn.again)
        return len(arrival.rows)
    keep_results(run, arrival.variant, arrival.results)
    return 1


def _portable(load: Evaluation) -> Evaluation:
    """The load without what cannot travel: each prompt's text in the place of a compiled template, no loaded tasks."""
    texts = {question.question: load.template.render(question.question, load.system) for question in load.questions}
    template = replace(load.template, render=partial(_look_up, texts))
    return replace(load, template=template, own_templates={}, tasks=replace(load.tasks, loaded={}))


def _look_up(texts: Mapping[str, str], question: str, system: str) -> str:
    return texts[question]


def _files(load: Evaluation) -> Files:
    return {
        adapter.name: {name: (adapter.path / name).read_bytes() for name in _ADAPTER_FILES} for adapter in load.adapters
    }


def _engine(portable: Evaluation, files: Files, gaps: Gaps, driver: str) -> Iterator[ArrivedAnswers | ArrivedResults]:
    """Runs on a machine of the cluster: loads the model with all adapters and answers its shard."""
    import ray

    if not ray.get_gpu_ids():
        # A node's GPUs belong to those who asked for them, and Ray leaves them in sight of all others.
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    with tempfile.TemporaryDirectory(prefix="harness-engine-") as folder:
        try:
            yield from _arrivals(_at_home(portable, files, Path(folder), driver), gaps, Path(folder))
        except HarnessError as error:
            # The user knows the adapters by where they lie, and not by where they were unpacked.
            places = {str(Path(folder) / adapter.name): str(adapter.path) for adapter in portable.adapters}
            error.args = tuple(_renamed(value, places) for value in error.args)
            vars(error).update({name: _renamed(value, places) for name, value in vars(error).items()})
            raise


def _renamed(value: Any, places: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return reduce(lambda text, place: text.replace(place, places[place]), places, value)


def _arrivals(load: Evaluation, gaps: Gaps, folder: Path) -> Iterator[ArrivedAnswers | ArrivedResults]:
    load_missing_tasks(load, gaps)
    tokenizer = load_tokenizer(load.base, load.serving.trust_remote_code)
    prompts = [render_prompt(load, tokenizer, question) for question in load.questions]
    with opened(load, RunFolder(folder), prompts) as generator:
        for turn, rows in answers(load, generator, gaps, prompts):
            yield ArrivedAnswers(rows, turn)
        broken: list[BrokenTask] = []
        for variant, task in gaps.tasks:
            try:
                yield ArrivedResults(variant, task, results(load, generator, variant, task, tokenizer))
            except BrokenTask as error:
                broken.append(error)
        if broken:
            raise broken[0]


def _at_home(load: Evaluation, files: Files, folder: Path, driver: str) -> Evaluation:
    """The load with the paths of this machine."""
    import ray

    elsewhere = ray.get_runtime_context().get_node_id() != driver
    for name, contents in files.items():
        (folder / name).mkdir()
        for file, content in contents.items():
            (folder / name / file).write_bytes(content)
    adapters = tuple(replace(adapter, path=folder / adapter.name) for adapter in load.adapters)
    return replace(load, adapters=adapters, base=_base_here(load.base) if elsewhere else load.base)


def _base_here(base: Weights) -> Weights:
    """The same weights on this machine; refuses to ask without them, or with others."""
    place = POCKET if base.name == POCKET else base.place
    try:
        found = find_base(place)
    except HarnessError as error:
        raise HarnessError(
            f"A machine of the cluster lacks the model: {error} It must lie under the same path on every machine."
        ) from None
    if found.digest != base.digest:
        raise HarnessError(
            f"On a machine of the cluster {place} holds other weights ({found.digest[:19]}) than here "
            f"({base.digest[:19]}): its answers would be of another model."
        )
    return replace(base, path=found.path)
