"""What vLLM is asked, as settings of a request, and what its outputs say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from harness.config import Generation
from harness.generators.choices import Pass, PassFound
from harness.generators.protocol import LogLikelihood, TokenIds, prompt_seed
from harness.generators.sharing import Written
from harness.records import Prompt


def generating(prompt: Prompt, generation: Generation, stop: Sequence[str], ends: Collection[int]) -> dict[str, Any]:
    """An answer to be written up to one of the stop strings, one of the tokens that end it, or its length."""
    return {
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        "repetition_penalty": generation.repetition_penalty,
        "seed": prompt_seed(generation, prompt) if generation.temperature > 0 else None,
        "max_tokens": generation.max_new_tokens,
        "stop": list(stop) or None,
        "stop_token_ids": sorted(ends),
        # A stop string may be one of them.
        "skip_special_tokens": False,
        # Texts are made of token ids here: only stop strings need them there, at a cost for every token.
        "detokenize": bool(stop),
    }


def writing(tokens: int) -> dict[str, Any]:
    """So many tokens to be written greedily, with the log-probabilities of what was read too."""
    return {"max_tokens": tokens, "prompt_logprobs": 1, "logprobs": 0, **_PLAIN}


def judging(one: Pass) -> dict[str, Any]:
    """The log-probabilities that a pass asks for; those of tokens that were read only where it does."""
    return {
        "max_tokens": 1,
        "logprob_token_ids": list(one.nexts),
        "prompt_logprobs": 1 if one.judged else None,
        **_PLAIN,
    }


_PLAIN = {"temperature": 0.0, "ignore_eos": True, "detokenize": False}


def judged(one: Pass, output: Any) -> PassFound:
    """What the output of `judging` says; the token that was written is the most probable one."""
    (answer,) = output.outputs
    ends = _ends(one.ids, output.prompt_logprobs, one.judged)
    return PassFound(ends, {token: answer.logprobs[0][token].logprob for token in one.nexts}, answer.token_ids[0])


def written(ids: TokenIds, output: Any) -> Written:
    """What the output of `writing` says, of a text of these tokens."""
    (answer,) = output.outputs
    read = sum(one.total for one in _ends(ids, output.prompt_logprobs, len(ids) - 1))
    tokens = tuple(answer.token_ids)
    return Written(read, tokens, sum(row[token].logprob for token, row in zip(tokens, answer.logprobs, strict=True)))


def _ends(ids: TokenIds, logprobs: Any, count: int) -> list[LogLikelihood]:
    if not count:
        return []
    found = [row[token] for token, row in zip(ids[-count:], logprobs[-count:], strict=True)]
    return [LogLikelihood(one.logprob, one.rank == 1) for one in found]
