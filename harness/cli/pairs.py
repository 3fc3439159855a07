"""The command that makes preference pairs of a model's own answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.common import ConfigFile, Fresh, Prompt, System, answer, asked_with, command_line, names


def pairs(
    out: Annotated[Path, typer.Option(help="Where the pairs go: a file NAME.jsonl; the samples lie beside it.")],
    suite: Annotated[
        str | None, typer.Option(help="A question suite: its name, its folder, or a file of questions.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="A folder or an id of the hub, which answers itself.")] = None,
    adapters: Annotated[
        str, typer.Option(help="One adapter or full model that answers in the base's place: a name, or NAME=PATH.")
    ] = "",
    samples: Annotated[int, typer.Option(help="Answers to each question, each with a seed of its own.")] = 8,
    temperature: Annotated[float, typer.Option(help="How much chance there is in them.")] = 1.0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="At most so many tokens an answer (default: the suite's).")
    ] = None,
    prefer: Annotated[
        str,
        typer.Option(help="What makes an answer better, the first before the next: metrics, shorter, no-loop, stops."),
    ] = "correct,shorter,no-loop",
    split: Annotated[
        float | None, typer.Option(help="Make pairs of this share of the questions; the others become a suite.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of samples, --limit and --split (default: the configuration's).")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="auto, vllm or transformers.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions, drawn by the seed.")] = None,
    prompt: Prompt = None,
    system: System = None,
    config: ConfigFile = None,
    fresh: Fresh = False,
) -> None:
    """Make preference pairs of a model's own answers: the best of several beside the worst; run again, it goes on."""
    from harness.config import load_config
    from harness.pairs import PairWishes, make_pairs, plan_pairs

    settings = asked_with(load_config(config), prompt, system)
    wishes = PairWishes(
        suite=suite,
        base=base,
        adapters=names(adapters),
        samples=samples,
        temperature=temperature,
        max_tokens=max_tokens,
        prefer=names(prefer),
        split=split,
        seed=seed,
        backend=backend,
        limit=limit,
    )
    plan = plan_pairs(settings, wishes, out, command_line())
    answer(make_pairs(plan, fresh).lines())
