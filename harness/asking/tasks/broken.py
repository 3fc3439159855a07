"""Which document of an lm-eval task it was that lm-eval fell over: its own frames know, and its message does not."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from harness.errors import BrokenTask, HarnessError
from harness.foreign_errors import said
from harness.out_of_memory import out_of_memory
from harness.store import RunFolder

_ENGINES = "harness.generators"
"""What fails there is no fault of a task."""
_PROMPTS = ("lm_eval.api.task", "build_all_requests")
_JUDGEMENT = ("lm_eval.evaluator", "evaluate")
_FIGURES = ("lm_eval.evaluator_utils", "_compute_task_aggregations")
_OF_NO_DOCUMENT = {"apply_filters", "doc_iterator", "create_iterator", "load_from_cache", "get_sample_size"}
"""What lm-eval calls beside its loops over documents."""


@contextmanager
def names_documents(asked: str, chosen: Mapping[str, Sequence[int]]) -> Iterator[None]:
    """Makes a BrokenTask of what lm-eval raises inside; asked: task or group, chosen: documents asked, where not all.

    Our own refusals pass, and what an engine raised; a BrokenTask that counts in the chosen documents gets its number.
    """
    try:
        yield
    except BrokenTask as error:
        error.document = _number(error.document, chosen.get(error.task))
        raise
    except HarnessError:
        raise
    except Exception as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if any(_module(frame).startswith(_ENGINES) for frame in frames):
            raise
        if short := out_of_memory(error, f"The lm-eval task '{asked}' stopped"):
            raise short from error
        broken = _broken(asked, frames, said(error))
        broken.document = _number(broken.document, chosen.get(broken.task))
        raise broken from error


def first_broken(broken: Sequence[BrokenTask], run: RunFolder) -> BrokenTask:
    """The first of them, with what else broke and how to go on in that run."""
    first = broken[0]
    others = dict.fromkeys(f"{it.task} ({_place(it)})" for it in broken[1:] if _key(it) != _key(first))
    more = f"So breaks {', '.join(others)}. " if others else ""
    first.advice = (
        f"{more}All else was asked and is in {run.path}; mend the task, or leave it out of --tasks, and go on with "
        f"--run {run.id}"
    )
    return first


def _key(broken: BrokenTask) -> tuple[str, int | None]:
    return broken.task, broken.document


def _place(broken: BrokenTask) -> str:
    return "as a whole" if broken.document is None else f"document {broken.document}"


def _broken(asked: str, frames: Sequence[FrameType], message: str) -> BrokenTask:
    """By the innermost frame of lm-eval's own loops; what it calls tells whether it was busy with a document."""
    for frame, inner in reversed(list(zip(frames, [*frames[1:], None], strict=True))):
        place, held = (_module(frame), frame.f_code.co_name), frame.f_locals
        called = inner.f_code.co_name if inner else ""
        document = None if called in _OF_NO_DOCUMENT else held.get("doc_id")
        if place == _PROMPTS:
            return BrokenTask(str(held["self"].config.task), document, "makes no prompt", message)
        if place == _FIGURES:
            metric = held.get("metric", "of it")
            return BrokenTask(str(held["task"].task_name), None, f"comes to no figure {metric}", message)
        if place == _JUDGEMENT and "task_name" in held:
            doing = "has a filter that fails" if called == "apply_filters" else "cannot be judged"
            # Before anything is asked there is no answer yet to judge.
            doing = doing if "acc" in held else "cannot be asked"
            return BrokenTask(str(held["task_name"]), document if "acc" in held else None, doing, message)
    return BrokenTask(asked, None, "cannot be asked", message)


def _number(place: int | None, chosen: Sequence[int] | None) -> int | None:
    """Under --samples lm-eval counts the documents that it asks."""
    return place if chosen is None or place is None else chosen[place]


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
