"""What an evaluation that ran out of memory may be given, so that it takes less."""

from __future__ import annotations

from harness.asking.evaluation import Evaluation

_KEPT = (
    "What is answered is kept. Where something else held the memory, the same command asks the rest; other settings "
    "are another run."
)


def loads_in_less(evaluation: Evaluation) -> str:
    """Which settings load a model into less memory."""
    ways = _smaller_weights(evaluation)
    if evaluation.backend == "vllm":
        ways += ["a smaller serving.max_model_len, or another share of the card (serving.memory)"]
    if not ways:
        return "Free the card of what else runs there, or take a smaller model."
    return f"Give {', or '.join(ways)}; or free what else holds memory, and run the same command again."


def asks_in_less(evaluation: Evaluation) -> str:
    """Which settings take less memory to ask with, one question at a time having been too much."""
    new = evaluation.generation.max_new_tokens
    others = [
        *_smaller_weights(evaluation),
        f"generation.max_new_tokens: {max(1, new // 2)} (now {new})",
        "a smaller serving.max_model_len",
    ]
    if evaluation.backend == "vllm":
        others.append("another share of the card (serving.memory)")
    return f"What takes less: {', '.join(others)}. {_KEPT}"


def _smaller_weights(evaluation: Evaluation) -> list[str]:
    serving = evaluation.serving
    if serving.quantization is not None:
        return []
    return ["serving.quantization: nf4"] + (["serving.dtype: bfloat16"] if serving.dtype == "float32" else [])
