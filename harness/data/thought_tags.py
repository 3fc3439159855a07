"""By what tags the thoughts of a run are told from its answers: the suite's, or those known and the model's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from harness.data.suites import Suite
from harness.records import Reasoning
from harness.scorers import ENDS, KNOWN

if TYPE_CHECKING:
    from harness.data.prompts import Template

_THOUGHT, _ANSWER = "\x02thought\x02", "\x02answer\x02"
_TAG = r"<[^<>\s]{1,40}>|\[[A-Z_/]{2,40}\]|◁[^◁▷\s]{1,40}▷"
_OPENING = re.compile(rf"({_TAG})\s*$")
_CLOSING = re.compile(rf"\s*({_TAG})")


def reasoning_of(suite: Suite, template: Template) -> Reasoning:
    """The tags by which answers to the suite, asked with that template, are read."""
    own = template.reasoning
    opened = own.opened if own else None
    if suite.reasoning is not None:
        openings = {opening for opening, _ in suite.reasoning.tags}
        return Reasoning(suite.reasoning.tags, opened if opened in openings else None)
    return Reasoning((*KNOWN.tags, *(pair for pair in (own.tags if own else ()) if pair not in KNOWN.tags)), opened)


def prompt_reasoning(prompt: str, tokenizer: Any = None) -> Reasoning:
    """The tag that a rendered prompt ends with, if any; of a tokenizer, those that its chat template has besides."""
    tags = () if tokenizer is None else _around(tokenizer)
    openings = (opening for opening, _ in (*tags, *KNOWN.tags) if prompt.rstrip().endswith(opening))
    return Reasoning(tags, next(openings, None))


def _around(tokenizer: Any) -> tuple[tuple[str, ...], ...]:
    """What stands around the thought of an answer that is told to have one, under any of the names for it."""
    told = {name: _THOUGHT for name in ("reasoning_content", "reasoning", "thinking")}
    turns = [{"role": "user", "content": "question"}, {"role": "assistant", "content": _ANSWER, **told}]
    try:
        text = str(tokenizer.apply_chat_template(turns, tokenize=False))
    except (TemplateError, TypeError, ValueError, AttributeError, KeyError):
        return ()
    before, thought, rest = text.partition(_THOUGHT)
    between, answer, _ = rest.partition(_ANSWER)
    if not thought or not answer:
        return ()
    if known := next((pair for pair in KNOWN.tags if before.rstrip().endswith(pair[0]) and pair[1] in between), None):
        return (known,)
    opening, closing = _OPENING.search(before), _CLOSING.match(between)
    # A thought that is a turn of its own ends as any turn does.
    if opening is None or closing is None or closing[1] in ENDS or closing[1] == opening[1]:
        return ()
    return ((opening[1], closing[1]),)
