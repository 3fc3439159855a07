"""Options of lm-eval's own command that ours takes too, under its names, with underscores or as ours are written."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def _option(name: str, told: str, **more: Any) -> Any:
    return typer.Option(*dict.fromkeys([f"--{name}", f"--{name.replace('_', '-')}"]), help=told, **more)


NumFewshot = Annotated[
    int | None, _option("num_fewshot", "lm-eval: examples before each question, where a task does not say 0.", min=0)
]
ApplyChatTemplate = Annotated[
    bool | None, _option("apply_chat_template", "lm-eval: ask as conversations, by the tokenizer's chat template.")
]
ChatTemplate = Annotated[
    str | None, _option("chat_template", "lm-eval: the same, by that one of several templates.", metavar="NAME")
]
FewshotAsMultiturn = Annotated[
    bool | None,
    typer.Option(
        "--fewshot_as_multiturn/--no_fewshot_as_multiturn",
        "--fewshot-as-multiturn/--no-fewshot-as-multiturn",
        help="lm-eval: examples as turns of their own (default: with a chat template).",
    ),
]
SystemInstruction = Annotated[
    str | None, _option("system_instruction", "lm-eval: the system line of every prompt of a task.")
]
GenKwargs = Annotated[
    list[str] | None,
    _option("gen_kwargs", "lm-eval: how answers are written, whatever the tasks say.", metavar="KEY=VALUE,…"),
]
Samples = Annotated[
    str | None,
    _option("samples", 'lm-eval: only these documents, {"TASK": [0, 3]}, counted from 0.', metavar="JSON|FILE"),
]
LmEvalSeed = Annotated[
    str | None,
    _option("lm_eval_seed", "lm-eval: of Python, NumPy, Torch and the examples; its own --seed.", metavar="N[,N,N,N]"),
]


def task_settings(gen_kwargs: list[str] | None, **options: object) -> dict[str, Any]:
    """What the command line says of how lm-eval tasks are asked; the rest is left to the configuration."""
    from harness.errors import HarnessError
    from harness.task_settings import parse_gen_kwargs

    given = {key: value for key, value in options.items() if value is not None}
    if gen_kwargs is None:
        return given
    merged: dict[str, Any] = {}
    for text in gen_kwargs:
        try:
            merged |= parse_gen_kwargs(text)
        except ValueError as error:
            raise HarnessError(f"--gen_kwargs {text}: {error}. Write it as temperature=0,max_gen_toks=64") from None
    return {**given, "gen_kwargs": merged}
