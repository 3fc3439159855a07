"""How near the two next tokens were where two runs' answers part, by the processor's float32 model.

python -m perf.visit.first_difference RUN OTHER OUTPUT

Greedy answers of two engines part where rounding decides: then both tokens are about as probable. An engine that is
wrong parts where they are not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.config import Serving
from harness.data import load_template
from harness.generators import open_generator
from harness.models import Adapter, load_tokenizer, read_adapter
from harness.store import Run, read_run
from perf.variants import BASE_MODEL


def main(one: Path, other: Path, output: Path) -> None:
    """Writes a list of {"variant", "question", "gap"}: nats between the two tokens, for every answer that parts."""
    run, beside = read_run(one), read_run(other)
    parted = [key for key, response in run.responses.items() if response.text != beside.responses[key].text]
    tokenizer = load_tokenizer(BASE_MODEL)
    generator = open_generator("transformers", BASE_MODEL, _adapters(run, parted), Serving(dtype="float32"))
    found = []
    for variant, question in parted:
        texts = [held.responses[variant, question].text for held in (run, beside)]
        before, first, second = _where(tokenizer, _prompt(run, tokenizer, question), texts)
        asked = [(before, [first]), (before, [second])]
        own, others = generator.loglikelihoods(variant, asked)
        found.append({"variant": variant, "question": question, "gap": abs(own.total - others.total)})
    generator.close()
    output.write_text(json.dumps(found), encoding="utf-8")


def _adapters(run: Run, parted: Sequence[tuple[str, str]]) -> list[Adapter]:
    names = dict.fromkeys(variant for variant, _ in parted if run.variants[variant].kind == "adapter")
    return [read_adapter(name, _place(run, name)) for name in names]


def _place(run: Run, name: str) -> Path:
    """An adapter's folder, which the run names as it was named in its working folder."""
    return (run.path.parents[2] / str(run.variants[name].path)).resolve()


def _prompt(run: Run, tokenizer: Any, question: str) -> list[int]:
    template = load_template(str(run.manifest.prompt.name))
    wording = next(row.question for row in run.questions if row.id == question)
    return template.prompt_ids(tokenizer, template.render(wording, run.manifest.prompt.system or ""))


def _where(tokenizer: Any, prompt: Sequence[int], texts: Sequence[str]) -> tuple[list[int], int, int]:
    """(what both have said, the next token of the one, of the other); a text that stops has its end there."""
    end = int(tokenizer.eos_token_id)
    one, other = ([*tokenizer(text, add_special_tokens=False)["input_ids"], end] for text in texts)
    place = next(number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return [*prompt, *one[:place]], one[place], other[place]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
