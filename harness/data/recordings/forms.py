"""The forms that files of answers have: what tells each, and how its rows become rows of plain columns.

The first form that any row of a file fits is the file's. docs/import.md shows each by example.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.data.recordings.columns import ANSWERS, Row, cell
from harness.data.recordings.completions import answer_in, is_choice
from harness.data.recordings.conversations import text_in, turns_in


@dataclass(frozen=True)
class Form:
    """One form of recorded answers."""

    name: str
    columns: tuple[str, ...]
    """What tells it to a reader, for the refusal that names the nearest."""
    fits: Callable[[Row], bool]
    flat: Callable[[Row], list[Row]]
    """A row as rows of columns, one an answer."""
    answers: tuple[str, ...] = ("response",)
    """Where the answer stands in a flat row, the first that any row has."""


def form_of(rows: Iterable[Row]) -> Form | None:
    """The first form that any row fits; None where none does."""
    first = len(FORMS)
    for row in rows:
        first = next((place for place in range(first) if FORMS[place].fits(row)), first)
        if first == 0:
            break
    return FORMS[first] if first < len(FORMS) else None


def _promptfoo(row: Row) -> list[Row]:
    """A case of a promptfoo evaluation: its own id is no question's, and its error may be why an answer was wrong."""
    response, provider = row.get("response"), row.get("provider")
    body = response if isinstance(response, Mapping) else {"output": response}
    name = provider.get("label") or provider.get("id") if isinstance(provider, Mapping) else provider
    kept = {key: value for key, value in row.items() if key not in ("id", "response", "provider")}
    error, output = row.get("error") or body.get("error"), body.get("output")
    # An output that is JSON is kept as what it says.
    said = json.dumps(output, ensure_ascii=False) if isinstance(output, Mapping) else output
    return [{**kept, **_spread(row), **(answer_in(body) or {"response": said}), "error": error, "model": name}]


def _spread(row: Row) -> dict[str, Any]:
    """What the case's variables say, as columns: {question: …}."""
    variables = row.get("vars")
    return {f"vars.{name}": value for name, value in variables.items()} if isinstance(variables, Mapping) else {}


def _inspect(row: Row) -> list[Row]:
    """A sample of inspect's log: what was sent is every message before the last answer."""
    output = row["output"] if isinstance(row.get("output"), Mapping) else {}
    found = answer_in(output)
    if isinstance(output.get("completion"), str) and (output["completion"] or not row.get("error")):
        found["response"] = output["completion"]
    kept = {key: row[key] for key in ("id", "epoch", "input", "messages", "error", "metadata") if row.get(key)}
    return [{**kept, **found}]


def _mt_bench(row: Row) -> list[Row]:
    """A row of model_answer; a suite asks one question, which the first turn answers."""
    kept = {key: value for key, value in row.items() if key != "choices"}
    rows: list[Row] = []
    choices = row.get("choices")
    for place, choice in enumerate(choices if isinstance(choices, list) and choices else [{}]):
        said = choice.get("turns") if isinstance(choice, Mapping) else None
        turns = said if isinstance(said, list) and said else [said]
        first = turns[0]
        # Newer files hold an object a turn.
        text = first.get("content") if isinstance(first, Mapping) else first
        rows.append({**kept, "choice": place, "turns": len(turns), "response": text})
    return rows


def _called(row: Row) -> list[Row]:
    """A row that holds what an API answered: as itself, under response, under result, one row a choice."""
    response = row.get("response", row.get("result"))
    outer = response if isinstance(response, Mapping) else row
    inner = outer.get("body", outer if "done" in outer else outer.get("message", outer))
    body = inner if isinstance(inner, Mapping) else outer
    error = row.get("error") or body.get("error") or outer.get("error")
    kept = {key: value for key, value in row.items() if key not in ("choices", "result")}
    status = {"status_code": outer["status_code"]} if "status_code" in outer else {}
    if isinstance(row.get("result"), Mapping) and outer.get("type") != "succeeded":
        status["status"] = outer.get("type")
    choices = body.get("choices")
    many = choices if isinstance(choices, list) and len(choices) > 1 else [None]
    bodies = [body if choice is None else {**body, "choices": [choice]} for choice in many]
    found = [answer_in(it) for it in bodies]
    if not any(found) and not error and not status:
        return [row]
    return [
        {**kept, **({"choice": place} if len(many) > 1 else {}), **status, "response": None, **one, "error": error}
        for place, one in enumerate(found)
    ]


def _light_eval(row: Row) -> list[Row]:
    """A row of LightEval's details, in its older columns or its newer ones; its ids count documents."""
    doc, response = row.get("doc"), row.get("model_response")
    if isinstance(doc, Mapping) and isinstance(response, Mapping):
        sent = response.get("input") or doc.get("query")
        kept = {"question": doc.get("query"), "prompt": sent, "responses": response.get("text")}
    else:
        kept = {"question": row.get("example"), "prompt": row.get("full_prompt"), "responses": row.get("predictions")}
    return _samples(kept, "responses")


def _helm(row: Row) -> list[Row]:
    """A request of HELM's scenario state; its ids count instances."""
    result, request = row["result"], row["request"]
    said = result.get("completions")
    texts = [it.get("text") for it in said if isinstance(it, Mapping)] if isinstance(said, list) else []
    kept = {
        "question": cell(row, "instance.input.text"),
        "prompt": request.get("messages") or request.get("prompt"),
        "trial": row.get("train_trial_index"),
        "error": result.get("error"),
        "success": result.get("success"),
    }
    return _samples({**kept, "response": texts or None}, "response")


def _alpaca_eval(row: Row) -> list[Row]:
    """A row of outputs; of a judgement (annotations.json), the answers of both models."""
    if not _is_judgement(row):
        return [row]
    kept = {name: row[name] for name in ("instruction", "dataset") if name in row}
    return [{**kept, "generator": row.get(f"generator_{it}"), "output": row[f"output_{it}"]} for it in (1, 2)]


def _samples(row: Row, name: str) -> list[Row]:
    """A row whose answers stand in a list as rows of one each, which `sample` tells apart."""
    value = row.get(name)
    if not isinstance(value, list) or not value or turns_in(value):
        return [row]
    parts = [text_in(it) if isinstance(it, Mapping) else it for it in value]
    if len(parts) == 1:
        return [{**row, name: parts[0]}]
    return [{**row, name: part, "sample": place} for place, part in enumerate(parts)]


def _messages(row: Row) -> list[Row]:
    """A row whose answer is the last of its messages."""
    turns = turns_in(_conversation(row))
    return [{**row, "response": turns[-1][1] if turns and turns[-1][0] == "assistant" else None}]


def _plain(row: Row) -> list[Row]:
    listed = [name for name in ANSWERS if isinstance(row.get(name), list)]
    return _samples(row, listed[0]) if len(listed) == 1 else [row]


def _is_called(row: Row) -> bool:
    choices = row.get("choices")
    if isinstance(choices, list) and choices and is_choice(choices[0]):
        return True
    if isinstance(row.get("body"), Mapping) and answer_in(row["body"]):
        return True
    if "done" in row and isinstance(row.get("message"), Mapping):
        return bool(answer_in(row))
    if isinstance(row.get("request"), Mapping) and row.get("error") and "response" not in row:
        return True
    response = row.get("response")
    body = response.get("body", response) if isinstance(response, Mapping) else None
    return isinstance(body, Mapping) and bool(answer_in(body) or body.get("error"))


def _conversation(row: Row) -> Any:
    return next((row[name] for name in ("messages", "conversations", "conversation") if name in row), None)


def _is_conversation(row: Row) -> bool:
    turns = turns_in(_conversation(row))
    return bool(turns) and turns[-1][0] == "assistant" and not any(name in row for name in ANSWERS)


def _turns(row: Row) -> bool:
    choices = row.get("choices")
    return isinstance(choices, list) and any(isinstance(it, Mapping) and "turns" in it for it in choices)


def _with(*names: str) -> Callable[[Row], bool]:
    return lambda row: all(cell(row, name) is not None for name in names)


def _is_judgement(row: Row) -> bool:
    return _with("instruction", "output_1", "output_2")(row)


FORMS = (
    Form("inspect's log", ("epoch", "input", "output"), _with("epoch", "input", "output"), _inspect),
    Form(
        "promptfoo's results",
        ("vars", "prompt", "response"),
        lambda row: isinstance(row.get("vars"), Mapping) and ("response" in row or "error" in row),
        _promptfoo,
    ),
    Form("MT-bench's model_answer", ("question_id", "model_id", "choices"), _turns, _mt_bench),
    Form("a batch's output", ("custom_id", "response"), lambda row: "custom_id" in row and _is_batch(row), _called),
    Form("chat completions", ("messages", "choices"), _is_called, _called),
    Form(
        "LightEval's details",
        ("doc", "model_response"),
        lambda row: _with("doc.query", "model_response.text")(row) or _with("full_prompt", "predictions")(row),
        _light_eval,
        ("responses",),
    ),
    Form(
        "HELM's scenario state",
        ("instance", "request", "result"),
        lambda row: (
            _with("instance.input.text")(row) and all(isinstance(row.get(it), Mapping) for it in ("request", "result"))
        ),
        _helm,
    ),
    Form(
        "the assignment's JSON",
        ("id", "generated_text"),
        lambda row: "generated_text" in row,
        _plain,
        ("generated_text",),
    ),
    Form(
        "AlpacaEval's outputs",
        ("instruction", "output"),
        lambda row: _with("instruction", "output")(row) or _is_judgement(row),
        _alpaca_eval,
        ("output",),
    ),
    Form("messages", ("id", "messages"), _is_conversation, _messages),
    Form(
        "prompts and completions",
        ("prompt", "completion"),
        lambda row: "prompt" in row and "completion" in row,
        _plain,
        ("completion",),
    ),
    Form("rows of answers", ("id", "response"), lambda row: any(name in row for name in ANSWERS), _plain, ANSWERS),
)
"""Every form, the most telling first."""


def _is_batch(row: Row) -> bool:
    return isinstance(row.get("response", row.get("result")), Mapping) or _is_called(row)
