"""Why vLLM's processes ended: the cause out of what they wrote, and what a user can do about it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence

from harness.errors import Refused
from harness.foreign_errors import said

_PREFIX = re.compile(r"^(?:\(\w+ pid=\d+\) ?)?(?:(?:ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d (?:\[[^\]]*\] ?)?)?")
"""What vLLM puts before each line of its log, by process."""
_TRACE = "Traceback (most recent call last):"
_NEXT = (
    _TRACE,
    "The above exception was the direct cause",
    "During handling of the above exception",
    "Process ",
    "Exception ignored",
)
_ELSEWHERE = re.compile(
    r"(?i:see) (?:the )?(?:root cause|stack trace)|check the stack trace above|^Executor failed|^KeyboardInterrupt"
    r"|^SystemExit|BrokenPipe|Broken pipe|^cancelled$|^Worker proc \S+ died unexpectedly"
)
"""Said by an exception that only tells of another process's end, or of its own being told to."""
_CRASH = re.compile(r"^Fatal Python error: (.+)$", re.M)
_WORKER = re.compile(r"Worker proc \S+ died unexpectedly(?: \(exit code: (-?\d+)\))?")
_VALIDATION = re.compile(r"^\d+ validation errors? for \w+\s*(?:\w+\n\s*)?(?:(?:Value error|Assertion failed), )?")
_TYPED = re.compile(r"\s*\[type=\w+, input_value=.*", re.S)
_CLASS = re.compile(r"^(?:\w+\.)*[A-Za-z_]\w*: ")
_VLLMS_ADVICE = re.compile(
    r"[.,]?\s+(?:Supported architectures:|See http|Try increasing|Please try|Decrease GPU|To resolve:|To allow over"
    r"|You can use|This happens when|Process \d+ has|Including non-PyTorch|Please update your GPU|On the CPU).*",
    re.S,
)
"""From where on a message lists, or names options that are not ours."""

_SMALLER = (
    "lower serving.max_model_len, ask fewer adapters at once, or with quantization: nf4 or --backend transformers."
)
ADVICE: tuple[tuple[str, str], ...] = (
    (
        r"Free memory on device|less than desired|exceed the desired",
        "Others hold this memory: wait for them, lower serving.memory, or ask with --backend transformers.",
    ),
    (
        r"No available memory for the cache|Cannot auto-fit|To serve at least one request",
        "Raise serving.memory (VLLM_CPU_KVCACHE_SPACE, in GiB, without a GPU), lower serving.max_model_len, "
        + _SMALLER,
    ),
    (r"Error in memory profiling", "Others took or gave back memory meanwhile: run the same command again."),
    (
        r"out of memory|can't allocate memory|CUBLAS_STATUS_ALLOC_FAILED|SIGKILL",
        "Lower serving.memory, so that more is left beside the cache, " + _SMALLER,
    ),
    (r"Bfloat16 is only supported", "This card has no bfloat16: set serving.dtype to float16."),
    (
        r"no kernel image|not compatible with the current PyTorch",
        "What is installed has no kernels for this card: harness doctor names it. Ask with --backend transformers.",
    ),
    (
        r"driver .*too old|driver version is insufficient|forward compatibility",
        "Renew the card's driver, or install builds for the CUDA that it serves, which harness doctor names.",
    ),
    (r"re-initialize CUDA in forked", "Leave VLLM_WORKER_MULTIPROC_METHOD unset, or set it to spawn."),
)
"""What the cause says → what to do."""
_OTHERWISE = "Ask with --backend transformers."


def refusal(what: str, error: BaseException, written: str, statuses: Sequence[int | None], log: object) -> Refused:
    """One line: what failed, the engine's own last error, what to do, and where all that it said lies."""
    own = cause(f"{_TRACE}\n{type(error).__name__}: {error}")
    why = cause(written) or _ended(statuses) or own or "its process ended without a word"
    advice = next((advice for pattern, advice in ADVICE if re.search(pattern, why)), _OTHERWISE)
    # Shown by --debug, under the error's own trace.
    error.add_note(written)
    return Refused(what, said(RuntimeError(why)), f"{advice} All that it said: {log}")


def cause(written: str) -> str:
    """The last error in it that says more than that another process has ended; "" where there is none."""
    text = "\n".join(_PREFIX.sub("", line) for line in written.splitlines())
    found = [_plain(message) for message in _messages(text.splitlines())]
    telling = [message for message in found if message and not _ELSEWHERE.search(message)]
    if telling or (crashes := _CRASH.findall(text)):
        return (telling or crashes)[-1]
    worker = _WORKER.search(text)
    return _ended([int(worker[1] or 1)]) if worker else ""


def _messages(lines: Sequence[str]) -> Iterator[str]:
    """What stands at the end of each trace."""
    inside = False
    for number, line in enumerate(lines):
        if line.startswith(_TRACE):
            # What goes wrong while Python throws things away is no cause.
            inside = not (number and lines[number - 1].startswith("Exception ignored in"))
        elif inside and line.strip() and not line.startswith(" "):
            inside = False
            yield "\n".join([line, *_going_on(lines[number + 1 :])])


def _going_on(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:6]:
        if not line.strip() or line.startswith(_NEXT):
            return
        yield line


def _plain(message: str) -> str:
    """Without the exception's class, and without what is said to those who call vLLM themselves."""
    text = _CLASS.sub("", message, count=1)
    if matched := _VALIDATION.search(text):
        text = _TYPED.sub("", text[matched.end() :])
    return _VLLMS_ADVICE.sub("", text).strip().rstrip(".,:")


def _ended(statuses: Sequence[int | None]) -> str:
    """How a process ended that said nothing."""
    for status in statuses:
        if status == -signal.SIGKILL:
            return "its process was ended by SIGKILL, as a system does that has no memory left"
        if status is not None and status < 0:
            return f"its process was ended by {signal.Signals(-status).name}"
        if status:
            return f"its process ended with status {status}"
    return ""
