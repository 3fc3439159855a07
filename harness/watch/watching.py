"""Each checkpoint of a training, asked and checked as it comes, in one loaded engine.

harness watch runs/train/dpo
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from harness.asking import Evaluation, begin, missing
from harness.errors import HarnessError, Unservable
from harness.gate import EXIT, check_run, write_check
from harness.machine import alone, holder, keep_noise
from harness.models import Adapter, read_adapter
from harness.records import Check
from harness.resources import files_digest, text_digest
from harness.score import score_run
from harness.store import ADAPTER_CONFIG, LOG, WEIGHTS, Checkpoint, RunFolder, move_aside, read_run, read_training
from harness.training import training_lock
from harness.watch.engine import Engine
from harness.watch.evidence import NOTHING_SEEN, WatchEvidence, gather
from harness.watch.page import write_page
from harness.watch.pairs import checked
from harness.watch.plan import Watching, chosen_from, pair, plan_watch
from harness.watch.trend import Step, Trend, read_step, read_steps, write_step, write_trend
from harness.words import words


def watch(watching: Watching, once: bool, every: float) -> Iterator[Step]:
    """Each checkpoint as it is checked, by step; ends with the training, or, once, with what is there."""
    alone_here = alone(
        watching.folder / "lock", f"The watch of {watching.training.name}", "End it first, or read its trend.html."
    )
    with alone_here, closing(_Work(watching)) as work:
        while True:
            # Looked at first: what a training leaves before it finishes is then seen below.
            ends = watching.training.finished or once
            work.plan()
            yield from work.judge_again()
            while waiting := work.waiting():
                if step := work.step(waiting[0]):
                    publish(watching)
                    yield step
            if ends:
                break
            work.say_once(f"Waiting for {watching.training.path}: its next checkpoint, or its end.")
            if holder(training_lock(watching.training.path)) is None:
                work.say_once("No process of this machine trains it now: the command that began it goes on.")
            time.sleep(every)
    if not publish(watching).steps:
        raise HarnessError(
            f"{watching.training.path} has no whole checkpoint yet. Without --once, the first one is waited for."
        )


def publish(watching: Watching) -> Trend:
    """Writes trend.json and trend.html of all that was seen up to now."""
    steps = read_steps(watching.folder)
    training = read_training(watching.training)
    gone = training.gone({step.step for step in steps})
    trend = Trend(training.name, watching.baseline.id, training.finished, steps, gone)
    if steps:
        trend = replace(trend, evidence=_gathered(watching, steps))
        write_trend(watching.folder, trend)
        write_page(watching.folder, trend, watching.config.folders.templates, watching.lang)
    return trend


class _Work:
    """What one command has planned, loaded and looked at."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._looked_at: set[str] = set()
        self._said: set[str] = set()
        self._plan: Evaluation | None = None
        self._engine: Engine | None = None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    def say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._watching.tell(line)

    def plan(self) -> None:
        """Decides what is asked, once a checkpoint names the base; refuses what does not go with what was begun."""
        if self._plan is None and (found := read_training(self._watching.training).checkpoints):
            self._plan = plan_watch(self._watching, found[0].path)

    def waiting(self) -> list[Checkpoint]:
        """Checkpoints that no step stands for, by step; a command tries each once."""
        self.plan()
        found = read_training(self._watching.training).checkpoints
        for checkpoint in found:
            if checkpoint.name not in self._looked_at and self._is_done(checkpoint):
                self._looked_at.add(checkpoint.name)
        return [checkpoint for checkpoint in found if checkpoint.name not in self._looked_at]

    def judge_again(self) -> Iterator[Step]:
        """Steps that were judged by another policy or baseline: from their folders, and nothing is asked."""
        judge = _judge(self._watching)
        for step in read_steps(self._watching.folder):
            if not step.refused and step.judged_by != judge:
                yield self._written(replace(step, judged_by=judge, check=_checked(self._watching, step.name)))

    def step(self, checkpoint: Checkpoint) -> Step | None:
        """The checkpoint asked, scored and checked; None where it was deleted meanwhile."""
        self._looked_at.add(checkpoint.name)
        try:
            return self._written(self._step(checkpoint))
        except (OSError, Unservable):
            if checkpoint.path.is_dir():
                raise
        self.say_once(f"{checkpoint.path} was deleted before it could be asked.")
        return None

    def _step(self, checkpoint: Checkpoint) -> Step:
        watching, name = self._watching, checkpoint.name
        digest, refused = _digest(checkpoint), False
        notes: tuple[str, ...] = ()
        try:
            notes = self._asked(checkpoint)
            check = _checked(watching, name)
        except Unservable as error:
            if not checkpoint.path.is_dir():
                raise
            check, refused = _refusal(watching, name, str(error)), True
        path = str(checkpoint.path)
        return Step(name, checkpoint.step, path, digest, notes, refused, _judge(watching), check)

    def _written(self, step: Step) -> Step:
        run = read_run(self._watching.folder / step.name)
        write_check(run, step.check, say=words(self._watching.lang, self._watching.config.folders.templates))
        write_step(run.path, step)
        return step

    def _asked(self, checkpoint: Checkpoint) -> tuple[str, ...]:
        assert self._plan is not None
        base, adapter = self._plan, _read(self._watching.training.name, checkpoint)
        evaluation = replace(base, adapters=(adapter,), asks_base=False)
        run = RunFolder(self._watching.folder / checkpoint.name)
        if run.begun and read_run(run).manifest.identity != evaluation.identity():
            move_aside(run.path)
        asked = [(evaluation, run)]
        if self._watching.against is None:
            asked.insert(0, (base, self._watching.baseline))
        jobs = [(job, folder, missing(job, begin(job, folder))) for job, folder in asked]
        notes: tuple[str, ...] = ()
        if any(gaps for _, _, gaps in jobs):
            keep_noise(self._watching.folder / LOG)
            self._engine = self._engine or Engine(base)
            notes = self._engine.ask(adapter, jobs)
        for _, folder, gaps in jobs:
            if gaps or not folder.scored:
                score_run(read_run(folder))
        return notes

    def _is_done(self, checkpoint: Checkpoint) -> bool:
        step = read_step(self._watching.folder / checkpoint.name)
        # What lacks answers is asked again; weights that cannot be served stay so.
        if step is None or (step.check.status == "incomplete" and not step.refused):
            return False
        return step.digest == _digest(checkpoint)


def _gathered(watching: Watching, steps: Sequence[Step]) -> WatchEvidence:
    """What all steps say together; nothing where none could be compared."""
    if not any(step.check.findings for step in steps):
        return NOTHING_SEEN
    against = watching.baseline
    found = [checked(step.name, step.step, step.check, watching.folder / step.name, against.path) for step in steps]
    return gather(found, watching.policy.alpha, chosen_from(watching, read_run(against)))


def _checked(watching: Watching, name: str) -> Check:
    run, against = read_run(watching.folder / name), read_run(watching.baseline)
    return check_run(run, against, watching.policy, [pair(watching, against)])


def _refusal(watching: Watching, name: str, reason: str) -> Check:
    """What cannot be asked cannot pass."""
    return Check(
        run=name,
        against=watching.baseline.id,
        status="incomplete",
        exit_code=EXIT["incomplete"],
        pairs=(),
        findings=(),
        missing=(reason,),
        family="nothing was tested",
        alpha=watching.policy.alpha,
        require=watching.policy.require,
    )


def _judge(watching: Watching) -> str:
    """What a check depends on besides the checkpoint: policy, baseline, and which of its variants."""
    against = watching.baseline
    files = [path for name in ("questions.jsonl", "scores.jsonl") if (path := against.path / name).is_file()]
    files += sorted((against.path / "benchmarks").glob("*.json"))
    return text_digest(f"{watching.policy.model_dump_json()} {watching.before} {files_digest(files)}")


def _digest(checkpoint: Checkpoint) -> str:
    return files_digest([checkpoint.path / WEIGHTS, checkpoint.path / ADAPTER_CONFIG])


def _read(name: str, checkpoint: Checkpoint) -> Adapter:
    try:
        return read_adapter(name, checkpoint.path)
    except HarnessError as error:
        raise Unservable(str(error)) from None
