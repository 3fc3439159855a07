"""Memory that ran out: recognized whoever says so, and never where something else was wrong."""

from __future__ import annotations

import errno
from collections.abc import Callable

import numpy as np
import pytest
import torch

from harness.cli.failures import explain
from harness.errors import HarnessError, OutOfMemory, Refused
from harness.foreign_errors import boundary
from harness.out_of_memory import memory_needed, out_of_memory, said_out_of_memory

GIB = 2**30
CUDA = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.25 GiB is "
    "free. Including non-PyTorch memory, this process has 77.85 GiB memory in use."
)
SAID: list[tuple[str, bool, int | None, int | None]] = [
    (CUDA, True, 2 * GIB, 5 * GIB // 4),
    ("CUDA error: out of memory", True, None, None),
    ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", True, None, None),
    ("CUDA driver error: cudaErrorMemoryAllocation", True, None, None),
    ("HIP out of memory. Tried to allocate 512.00 MiB. GPU 0 has", True, GIB // 2, None),
    ("MPS backend out of memory. Tried to allocate 256.00 MB on private pool.", True, GIB // 4, None),
    ("Error out of memory at line 463 in file /src/csrc/ops.cu", True, None, None),
    ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 3221225472 bytes.", False, 3 * GIB, None),
    ("std::bad_alloc", False, None, None),
    ("Cannot allocate memory (os error 12)", False, None, None),
]  # fmt: skip
"""(what a library says, whether of a GPU, bytes asked for, bytes free), each as it stands in its source."""


@pytest.mark.parametrize(("text", "on_gpu", "asked", "free"), SAID, ids=lambda value: str(value)[:30])
def test_whoever_runs_out_of_memory_is_heard(text: str, on_gpu: bool, asked: int | None, free: int | None) -> None:
    found = out_of_memory(RuntimeError(text), "It stopped")
    assert found is not None and vars(found) == vars(OutOfMemory("It stopped", on_gpu, asked, free))
    heard = said_out_of_memory(text, "It stopped")
    assert heard is not None and vars(heard) == vars(found)
    ending = explain(RuntimeError(text))
    assert ending.status == 2 and "out of memory" in ending.said and "\n" not in ending.said


@pytest.mark.parametrize(
    ("allocate", "asked"),
    [
        (lambda: torch.empty(2**50), 2**52),
        (lambda: np.zeros(2**47), 2**50),
        (lambda: bytearray(2**60), None),
        (lambda: torch.nn.Linear(2**25, 2**25), 2**52),
    ],
    ids=["Torch", "NumPy", "Python", "a layer"],
)
def test_what_no_machine_has_is_asked_for_and_told(allocate: Callable[[], object], asked: int | None) -> None:
    with pytest.raises(OutOfMemory) as refusal, memory_needed("It stopped", lambda: "Take less."):
        allocate()
    size = "" if asked is None else f" ({asked / GIB:,.2f} GiB asked for)"
    assert str(refusal.value) == f"It stopped: out of memory{size}. Take less."


@pytest.mark.parametrize(
    "error",
    [
        ValueError("The prompt 'out of memory' has no answer."),
        HarnessError("No adapter named 'out of memory'."),
        OSError(errno.ENOENT, "No such file", "out of memory.json"),
        RuntimeError("shapes cannot be multiplied"),
    ],
    ids=repr,
)
def test_what_only_quotes_the_words_is_left_as_it_is(error: Exception) -> None:
    assert out_of_memory(error, "It stopped") is None
    with pytest.raises(type(error)) as raised, memory_needed("It stopped", lambda: "Take less."):
        raise error
    assert raised.value is error


def test_a_seam_names_what_it_was_at_and_who_knows_more_adds_what_takes_less() -> None:
    with (
        pytest.raises(OutOfMemory) as refusal,
        memory_needed("The command stopped", lambda: "Take less."),
        boundary("pocket does not load", ValueError),
    ):
        raise torch.OutOfMemoryError(CUDA)
    assert str(refusal.value) == (
        "pocket does not load: out of memory on the GPU (2.00 GiB asked for, 1.25 GiB free). Take less."
    )
    told = OutOfMemory("It stopped", advice="Take half.")
    with pytest.raises(OutOfMemory) as refusal, memory_needed("The command stopped", lambda: "Take less."):
        raise told
    assert refusal.value is told and told.advice == "Take half."


def test_an_error_that_was_raised_from_it_says_so_and_one_that_came_after_it_does_not() -> None:
    with pytest.raises(OutOfMemory), boundary("x", ValueError):
        raise ValueError("no such row") from MemoryError()
    with pytest.raises(Refused), boundary("x", ValueError):
        try:
            raise MemoryError
        except MemoryError:
            raise ValueError("no such row")  # noqa: B904
