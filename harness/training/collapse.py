"""A collapse alarm: a few questions answered while a training runs, because reward accuracy does not see it.

Reward accuracy is the share of pairs whose chosen answer has the higher reward, each token judged after the true ones
before it. It comes to 1 even where both answers grow improbable, and what the model then writes itself is neither.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from harness.curves import quantity_text
from harness.data import PreferencePair
from harness.generators import Completion, Decoder
from harness.machine import say
from harness.scorers import find_loop, read
from harness.training.log import TrainingLog
from harness.words import percent, words

QUESTIONS, NEW_TOKENS = 4, 96
_ACCURATE = 0.99


@dataclass(frozen=True)
class Probe:
    """Every so many steps, greedy answers to the first 4 rows held out (else of the training), 96 tokens at most.

    So few answers are an alarm, not an estimate: 0 of 4 leaves room for a true share of 60 % (Clopper and Pearson).
    """

    every: int
    pairs: Sequence[PreferencePair]
    headers: Sequence[str]
    tokenizer: Any
    ends: Collection[int]
    log: TrainingLog

    def callback(self) -> Any:
        """The probe as a callback of Transformers' trainer; it writes probe/loop and probe/leak into the curves."""
        from transformers import TrainerCallback

        probe = self

        class Callback(TrainerCallback):  # type: ignore[misc]
            def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
                if state.global_step % probe.every == 0:
                    probe.look(model, state)

        return Callback()

    def look(self, model: Any, state: Any) -> None:
        """Asks, logs the shares of answers that loop and that run on into another turn, warns where rewards hide it."""
        answers = self._answers(model)
        loop = sum(find_loop(it.text) is not None for it in answers) / len(answers)
        leak = sum(read(it.text, self.headers, it.special).end is not None for it in answers) / len(answers)
        self.log.add(state.global_step, state.epoch, {"probe/loop": loop, "probe/leak": leak})
        accuracy = next((r["rewards/accuracies"] for r in state.log_history[::-1] if "rewards/accuracies" in r), 0.0)
        if accuracy >= _ACCURATE and loop + leak > 0 and self.log.processes.is_main:
            say(
                f"harness: '{self.log.name}' may be collapsing: at step {state.global_step} its reward accuracy is "
                f"{quantity_text('rewards/accuracies', accuracy, words('en'))}, and of {len(answers)} probe answers "
                f"{percent(loop, 0)} loop and {percent(leak, 0)} run on "
                "into another turn. Look at its answers before you believe its rewards."
            )

    def _answers(self, model: Any) -> list[Completion]:
        import torch

        asked = [pair.prompt_ids for pair in self.pairs[:QUESTIONS]]
        width, device = max(map(len, asked)), next(model.parameters()).device
        padding, decoder = self.tokenizer.pad_token_id, Decoder(self.tokenizer, self.ends)
        ids = torch.tensor([[padding] * (width - len(row)) + row for row in asked], device=device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in asked], device=device)
        was_training = model.training
        model.eval()
        # A training that is probed must end in the weights of one that is not.
        with torch.random.fork_rng(), torch.no_grad():
            made = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False, use_cache=True,
                pad_token_id=padding,
            )  # fmt: skip
        model.train(was_training)
        return [decoder.completion("", row[width:].tolist(), (), 0.0) for row in made]
