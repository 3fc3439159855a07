"""What an API answered, as its body says it: OpenAI's, Anthropic's, Gemini's, Ollama's, promptfoo's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.data.recordings.conversations import text_in

Found = dict[str, Any]
"""response, finish_reason and completion_tokens, as far as the body has them; empty where it holds no answer."""


def answer_in(body: Mapping[str, Any]) -> Found:
    """The answer of a response's body."""
    if isinstance(body.get("output"), str):
        usage = _mapping(body.get("tokenUsage"))
        return _found(body["output"], body.get("finishReason"), usage.get("completion"))
    usage = _mapping(body.get("usage"))
    tokens = usage.get("completion_tokens", usage.get("output_tokens"))
    choices = body.get("choices")
    if isinstance(choices, list) and choices and is_choice(choices[0]):
        choice = choices[0]
        message = _mapping(choice.get("message"))
        said = [text_in(message.get("content")), message.get("refusal"), choice.get("text")]
        text = next((it for it in said if isinstance(it, str)), None)
        return _found(text, choice.get("finish_reason") or choice.get("stop_reason"), tokens)
    candidates = body.get("candidates")
    if isinstance(candidates, list) and candidates and isinstance(candidates[0], Mapping):
        used = _mapping(body.get("usageMetadata")).get("candidatesTokenCount")
        written = text_in(_mapping(candidates[0].get("content")).get("parts"))
        return _found(written, candidates[0].get("finishReason"), used)
    if isinstance(body.get("message"), Mapping) and "done" in body:
        return _found(text_in(body["message"].get("content")), body.get("done_reason"), body.get("eval_count"))
    if isinstance(body.get("output"), list):
        said = [text_in(it.get("content")) for it in map(_mapping, body["output"]) if it.get("type") == "message"]
        cut = _mapping(body.get("incomplete_details")).get("reason")
        return _found("".join(filter(None, said)) if said else None, cut, tokens)
    if body.get("role") == "assistant" or body.get("type") == "message":
        return _found(text_in(body.get("content")), body.get("stop_reason"), tokens)
    return {}


def is_choice(value: Any) -> bool:
    """Whether it is one of an API's choices, and not an option that a question offers."""
    return isinstance(value, Mapping) and ("message" in value or {"text", "finish_reason"} <= value.keys())


def _found(text: Any, reason: Any, tokens: Any) -> Found:
    return {"response": text, "finish_reason": reason, "completion_tokens": tokens}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
