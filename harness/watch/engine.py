"""One loaded base that is asked with one adapter after the other."""

from __future__ import annotations

from collections.abc import Sequence

from harness.asking import (
    Evaluation,
    Gaps,
    asks_in_less,
    fill,
    load_tasks,
    loads_in_less,
    peft_reference,
    probes,
    prove_alive,
    prove_shared,
    render_prompt,
)
from harness.errors import ChangesNothing, HarnessError, OutOfMemory, Unservable
from harness.generators import Generator, open_generator
from harness.models import Adapter, check_fit, load_tokenizer
from harness.out_of_memory import memory_needed
from harness.store import RunFolder


class Engine:
    """Opened with the first adapter that is asked, and kept for all that follow."""

    def __init__(self, plan: Evaluation) -> None:
        self._plan = plan
        self._generator: Generator | None = None
        self._loaded = ""
        load_tasks(plan.tasks, plan.tasks.names)
        self._tokenizer = load_tokenizer(plan.base, plan.serving.trust_remote_code)
        self._prompts = [render_prompt(plan, self._tokenizer, question) for question in plan.questions]

    def ask(self, adapter: Adapter, asked: Sequence[tuple[Evaluation, RunFolder, Gaps]]) -> tuple[str, ...]:
        """Fills the run folders' gaps with that adapter loaded; returns what a reader should know of it."""
        with memory_needed(f"{self._plan.base.name} does not load", lambda: loads_in_less(self._plan)):
            generator, notes = self._serving(adapter, asked[-1][1])
        with memory_needed("Asking stopped", lambda: asks_in_less(self._plan)):
            for evaluation, run, gaps in asked:
                fill(evaluation, run, gaps, generator, self._tokenizer, self._prompts)
        return notes

    def close(self) -> None:
        """Gives the model's memory back; the next adapter would load it anew."""
        if self._generator is not None:
            self._generator.close()
            self._generator = None

    def _serving(self, adapter: Adapter, run: RunFolder) -> tuple[Generator, tuple[str, ...]]:
        plan, serving = self._plan, self._plan.serving
        asked = probes([prompt.token_ids for prompt in self._prompts], serving.max_model_len)
        reference: dict[str, list[float]] = {}
        if self._generator is not None:
            self._exchange(self._generator, adapter)
        else:
            check_fit([adapter], plan.base, plan.backend, serving.trust_remote_code)
            if plan.backend != "transformers":
                # Of the first only: beside an engine that fills the card, the base has no second place.
                reference = peft_reference(plan.base, [adapter], serving, asked, run.path / "probes.json")
            self._generator = open_generator(plan.backend, plan.base, [adapter], serving)
        self._loaded = adapter.name
        notes: tuple[str, ...] = ()
        try:
            prove_alive(self._generator, [adapter], asked, reference, serving.dtype)
        except ChangesNothing as error:
            notes = (str(error),)
        prove_shared(self._generator, [adapter], asked, serving.dtype)
        return self._generator, notes

    def _exchange(self, generator: Generator, adapter: Adapter) -> None:
        generator.remove(self._loaded)
        try:
            generator.add(adapter)
        except OutOfMemory:
            # It says nothing against the checkpoint.
            self.close()
            raise
        except HarnessError as error:
            # What is half loaded would answer for the next one.
            self.close()
            raise Unservable(str(error)) from None
