"""Errors that a user can act on: one line that says what, where, and the next command.

HarnessError            a refusal
├── Unknown             a name that nobody knows
├── NotInstalled        a package that is missing or does not load
├── Malformed           a file that is not the JSON or YAML that it should be
├── Refused             what a library said where it would not go on
├── Differs             work that was begun with other settings
├── ChangesNothing      adapters that answer as the base does
├── Diverged            a loss, gradient or weight that is no finite number
├── Unservable          a checkpoint whose weights cannot be asked
├── OutOfMemory         memory that ran out, with what takes less
├── BrokenTask          a document, or what is made of all, that an lm-eval task falls over
├── Failed              one of several processes that ended before its work was done
├── Interrupted         work that was asked to end, with what of it is kept
└── Incomplete          answers or results are missing
Unusable                why a row cannot be trained on: counted, and never seen outside of preferences
NotRendered             why a prompt template does not take a conversation: counted where a row is, else refused

What an error was made of stands in its fields; its line is made of them, here, once. Both survive pickling, so that a
process that hears of another's error reads fields and takes no sentence apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

Setting = tuple[str, Any, Any]
"""(name, value before, value now)."""


class HarnessError(Exception):
    """A refusal; str() is the one line that the user reads, exit_status what the command ends with."""

    exit_status = 2

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception would pickle itself as its class called with `args`, which lack what was given by name.
        return _made_again, (type(self), self.args, vars(self))


def _made_again(kind: type[HarnessError], arguments: tuple[Any, ...], fields: Mapping[str, Any]) -> HarnessError:
    error = kind.__new__(kind, *arguments)
    vars(error).update(fields)
    return error


@dataclass(eq=False)
class Unknown(HarnessError):
    """A name that nobody knows, with the nearest known one."""

    noun: str
    name: str
    known: tuple[str, ...]
    hint: str = ""

    def __str__(self) -> str:
        near = get_close_matches(self.name, self.known, n=1, cutoff=0.5)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        known = ", ".join(self.known) or "none"
        return f"No {self.noun} named '{self.name}'.{meant} Known: {known}. {self.hint}".rstrip()


@dataclass(eq=False)
class NotInstalled(HarnessError):
    """A package that something needs and that is missing, or that does not load."""

    what: str
    package: str
    install: str
    """The command that installs it."""
    fault: str = ""
    """Why it does not load; "" where it is not there."""
    otherwise: str = ""
    """What works without it."""

    def __str__(self) -> str:
        how = f"does not load ({self.fault})" if self.fault else "is not installed"
        line = f"{self.what} needs {self.package}, which {how}. Install it with: {self.install}"
        return f"{line} — {self.otherwise}" if self.otherwise else line


@dataclass(eq=False)
class Malformed(HarnessError):
    """A file that is not the JSON or YAML that it should be."""

    path: str
    language: str
    fault: str
    line: int | None = None
    advice: str = ""

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path} line {self.line}"
        return f"{place} is not valid {self.language} ({self.fault}). {self.advice}".rstrip()


@dataclass(eq=False)
class Refused(HarnessError):
    """What a library said where it would not go on."""

    what: str
    """What could not be done, without a full stop."""
    said: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{self.what}: {self.said}"
        return f"{line.rstrip('.')}. {self.advice}" if self.advice else line


@dataclass(eq=False)
class Differs(HarnessError):
    """Work that was begun with other settings than are asked for now."""

    place: str
    settings: tuple[Setting, ...]
    option: str = ""
    """What names another place (--run, --name); "" where only --fresh helps."""

    @property
    def finding(self) -> str:
        """What differs where, without what to do about it."""
        pairs = (f"{name} {_short(before)} → {_short(now)}" for name, before, now in self.settings)
        return f"{self.place} was begun with other settings: {', '.join(pairs)}."

    def __str__(self) -> str:
        another = f"Give another {self.option}, or --fresh" if self.option else "Give --fresh"
        return f"{self.finding} {another} to start it anew."


@dataclass(eq=False)
class ChangesNothing(HarnessError):
    """Adapters that answer as the base does."""

    adapters: tuple[str, ...]
    path: str
    """Of the first of them."""
    asked: int
    """So many probe prompts."""

    def __str__(self) -> str:
        first, *others = self.adapters
        more = f" So do {', '.join(others)}." if others else ""
        return (
            f"Adapter '{first}' changes nothing: its log-probabilities are the base's on {self.asked} probe prompts. "
            f"Its weights are zero or match no module of the base. Look at {self.path}.{more}"
        )


class Diverged(HarnessError):
    """A loss, gradient or weight that is no finite number."""


class Unservable(HarnessError):
    """A checkpoint whose weights cannot be asked; the others still can."""


@dataclass(eq=False)
class OutOfMemory(HarnessError):
    """Memory that ran out, with what takes less of it."""

    what: str
    """What stopped, without a full stop."""
    on_gpu: bool = False
    asked: int | None = None
    """Bytes; None where nobody said."""
    free: int | None = None
    advice: str = ""

    def __str__(self) -> str:
        sizes = (f"{_size(size)} {name}" for size, name in ((self.asked, "asked for"), (self.free, "free")) if size)
        told = ", ".join(sizes)
        line = f"{self.what}: out of memory{' on the GPU' if self.on_gpu else ''}{f' ({told})' if told else ''}."
        return f"{line} {self.advice}".rstrip()


@dataclass(eq=False)
class BrokenTask(HarnessError):
    """An lm-eval task that falls over one of its documents, or over what it makes of all of them."""

    task: str
    document: int | None
    """Its place among the task's documents, from 0; None where it is not one document."""
    doing: str
    """What it does not do, with the document or the task as its subject."""
    said: str
    variant: str = ""
    """Whose answers it was given; "" where it needed none."""
    advice: str = "Mend the task, or leave it out of --tasks."
    exit_status = 3

    def __str__(self) -> str:
        what = f"Document {self.document} of the" if self.document is not None else "The"
        whose = f" for {self.variant}" if self.variant else ""
        said = self.said.rstrip(".")
        return f"{what} lm-eval task '{self.task}' {self.doing}{whose}: {said}. {self.advice}".rstrip()


@dataclass(eq=False)
class Failed(HarnessError):
    """One of several processes that ended before its work was done: the line and the status that it ended with."""

    said: str
    exit_status: int

    def __str__(self) -> str:
        return self.said


class Interrupted(HarnessError):
    """Work that was asked to end, with what of it is kept and the command that goes on."""

    exit_status = 130


class Incomplete(HarnessError):
    """Answers or results are missing."""

    exit_status = 3


def unknown(noun: str, name: str, known: Iterable[str], hint: str = "") -> NoReturn:
    """Refuses a name that nobody knows, with the nearest known one."""
    raise Unknown(noun, name, tuple(sorted(known)), hint)


def refuse_differing(place: object, before: Mapping[str, Any], now: Mapping[str, Any], option: str = "") -> None:
    """Refuses to go on with what was begun with other settings; `before` has been through a JSON file."""
    now = json.loads(json.dumps(now))
    settings = [(name, before.get(name), now.get(name)) for name in {**before, **now}]
    if differing := tuple(setting for setting in settings if setting[1] != setting[2]):
        raise Differs(str(place), differing, option)


def _size(count: int) -> str:
    return f"{count / 2**30:,.2f} GiB" if count >= 2**28 else f"{count / 2**20:.1f} MiB"


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text
