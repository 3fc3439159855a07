"""What vLLM's processes leave when they end is one line with the cause: its own messages, by "
"version and device."""

from __future__ import annotations

import re

import pytest

from harness.generators.last_words import ADVICE, cause, refusal

LOGGED = "(EngineCore pid=8259) ERROR 11-28 20:29:29 [core.py:1510] "
"""As vLLM 0.24 and 0.32 begin each line of a trace in their log."""
FRAMES = '  File "vllm/v1/engine/core.py", line 1482, in run_engine_core\n    engine_core = EngineCoreProc(*args)\n'

# Class and message as vLLM and torch word them → what is said of it, and a word of what to do.
MESSAGES = [
    (
        "ValueError: Free memory on device cuda:0 (3.21/79.18 GiB) on startup is less than desired "
        "GPU memory utilization "
        "(0.85, 67.3 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.",
        "Free memory on device cuda:0 (3.21/79.18 GiB) on startup is less than desired GPU memory utilization "
        "(0.85, 67.3 GiB)",
        "serving.memory",
    ),
    (
        "ValueError: No available memory for the cache blocks. Try increasing "
        "`gpu_memory_utilization` when initializing "
        "the engine. See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.",
        "No available memory for the cache blocks",
        "Raise serving.memory",
    ),
    (
        "ValueError: To serve at least one request with the model's max seq len (32768), (4.0 GiB KV "
        "cache is needed, which "
        "is larger than the available KV cache memory (1.52 GiB). Based on the available memory, the "
        "estimated maximum "
        "model length is 12448. Try increasing `gpu_memory_utilization` or decreasing `max_model_len`.",
        "To serve at least one request with the model's max seq len (32768), (4.0 GiB KV cache is "
        "needed, which is larger "
        "than the available KV cache memory (1.52 GiB). Based on the available memory, the estimated "
        "maximum model length "
        "is 12448",
        "serving.max_model_len",
    ),
    (
        "ValueError: Cannot auto-fit max_model_len: not enough GPU memory available to serve even a "
        "single token. Try "
        "increasing `gpu_memory_utilization`.",
        "Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token",
        "Raise serving.memory",
    ),
    (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total "
        "capacity of 11.99 GiB "
        "of which 12.00 MiB is free. Including non-PyTorch memory, this process has 11.5 GiB memory in use.",
        "CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 11.99 GiB "
        "of which 12.00 MiB is "
        "free",
        "quantization: nf4",
    ),
    (
        "RuntimeError: CUDA out of memory occurred when warming up sampler with 512 dummy requests. "
        "Please try lowering "
        "`max_num_seqs` or `gpu_memory_utilization` when initializing the engine.",
        "CUDA out of memory occurred when warming up sampler with 512 dummy requests",
        "serving.memory",
    ),
    (
        "AssertionError: Error in memory profiling. Initial free memory 40.1 GiB, current free "
        "memory 52.0 GiB. This "
        "happens when other processes sharing the same container release GPU memory while vLLM is profiling.",
        "Error in memory profiling. Initial free memory 40.1 GiB, current free memory 52.0 GiB",
        "same command again",
    ),
    (
        "RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with "
        "multiprocessing, you must use the "
        "'spawn' start method",
        "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must "
        "use the 'spawn' start "
        "method",
        "VLLM_WORKER_MULTIPROC_METHOD",
    ),
    (
        "torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device\n"
        "Search for `cudaErrorNoKernelImageForDevice' in https://docs.nvidia.com/cuda for more information.",
        "CUDA error: no kernel image is available for execution on the device",
        "harness doctor",
    ),
    (
        "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please "
        "update your GPU driver by "
        "downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx",
        "The NVIDIA driver on your system is too old (found version 11040)",
        "driver",
    ),
    (
        "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. "
        "Your Tesla T4 GPU has "
        "compute capability 7.5. You can use float16 instead by explicitly setting the `dtype` flag in CLI.",
        "Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 "
        "GPU has compute "
        "capability 7.5",
        "serving.dtype",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n  Value "
        "error, Model "
        "architectures ['NewForCausalLM'] are not supported for now. Supported architectures: "
        "dict_keys(['AfmoeForCausalLM'])"
        " [type=value_error, input_value=ArgsKwargs((), {'model': 'x'}), input_type=ArgsKwargs]",
        "Model architectures ['NewForCausalLM'] are not supported for now",
        "--backend transformers",
    ),
    (
        "safetensors._safetensors_rust.SafetensorError: Error while deserializing header: incomplete "
        "metadata, file not "
        "fully covered",
        "Error while deserializing header: incomplete metadata, file not fully covered",
        "--backend transformers",
    ),
]  # fmt: skip


def logged(text: str, prefix: str = LOGGED) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(("message", "why", "advice"), MESSAGES, ids=[why[:40] for _, why, _ in MESSAGES])
@pytest.mark.parametrize("prefix", ["", LOGGED, "(Worker pid=8292) ERROR 11-28 20:29:26 [worker.py:9] "])
def test_each_cause_is_one_line_with_what_to_do(message: str, why: str, advice: str, prefix: str) -> None:
    trace = logged(f"Traceback (most recent call last):\n{FRAMES}{message}", prefix)
    written = f"Loading shards: 0%\n{trace}{LOGGED}EngineCore failed to start.\nresource_tracker: 1 leaked\n"
    error = RuntimeError(
        "Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}"
    )
    line = str(refusal("vLLM does not start with base", error, written, [1], "/tmp/x.log"))
    assert line.startswith(f"vLLM does not start with base: {why}"[:300])
    assert "\n" not in line and line.endswith("All that it said: /tmp/x.log")
    assert advice in line


def test_the_process_that_knows_is_believed_and_not_those_that_tell_of_it() -> None:
    first = logged(
        f"WorkerProc failed to start.\nTraceback (most recent call last):\n{FRAMES}"
        "OSError: model.safetensors is cut off",
        "(Worker pid=7) ERROR 11-28 20:29:26 [multiproc_executor.py:953] ",
    )
    later = logged(
        f"Traceback (most recent call last):\n{FRAMES}Exception: WorkerProc initialization failed due "
        "to an exception in a "
        "background process. See stack trace for root cause.",
    )
    thrown = (
        f"Exception ignored in: <function LLM.__del__>\nTraceback (most recent call last):\n{FRAMES}OSError: closed\n"
    )
    assert cause(first + later + thrown) == "model.safetensors is cut off"


def test_a_chain_of_errors_ends_in_its_last() -> None:
    written = (
        f"Traceback (most recent call last):\n{FRAMES}KeyError: 'q_proj'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        f"Traceback (most recent call last):\n{FRAMES}ValueError: There is no module or parameter "
        "named 'q_proj'\n"
    )
    assert cause(written) == "There is no module or parameter named 'q_proj'"


@pytest.mark.parametrize(
    ("written", "status", "why"),
    [
        ("", -9, "its process was ended by SIGKILL, as a system does that has no memory left"),
        ("", -15, "its process was ended by SIGTERM"),
        ("", 3, "its process ended with status 3"),
        ("", None, "its process ended without a word"),
        ("Fatal Python error: Segmentation fault\n\nThread 0x1 (most recent call first):\n", -11, "Segmentation fault"),
        (
            f"{LOGGED}Worker proc VllmWorker-0 died unexpectedly (exit code: -9), shutting down executor.\n"
            f"Traceback (most recent call last):\n{FRAMES}RuntimeError: Executor failed.\n",
            1,
            "its process was ended by SIGKILL, as a system does that has no memory left",
        ),
    ],
)
def test_a_process_that_raised_nothing_is_told_by_how_it_ended(written: str, status: int | None, why: str) -> None:
    line = str(refusal("vLLM has ended with base", RuntimeError("see the stack trace"), written, [status], "log"))
    assert line.startswith(f"vLLM has ended with base: {why}. ")


def test_what_our_own_process_raised_is_the_cause_where_the_engine_never_began() -> None:
    error = ValueError(
        "1 validation error for ModelConfig\n  Value error, The model's length is 9. [type=value_error, input_value=3]"
    )
    assert "base: The model's length is 9. Ask" in str(refusal("vLLM does not start with base", error, "", [], "log"))


def test_the_whole_is_shown_to_who_debugs() -> None:
    error = RuntimeError("See root cause above")
    refusal("vLLM does not start", error, "ninety lines", [1], "log")
    assert error.__notes__ == ["ninety lines"]


def test_every_advice_belongs_to_a_message_that_is_tested() -> None:
    assert {text for _, text in ADVICE} == {
        next(text for pattern, text in ADVICE if re.search(pattern, why))
        for _, why, said in MESSAGES
        if said != "--backend transformers"
    }
