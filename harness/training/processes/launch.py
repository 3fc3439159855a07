"""harness train … --processes N: the same command as N processes, prepared by accelerate from a configuration of its.

They end together: the first that fails says why, the others are stopped, and the exit status is the one that a
training of one process would have had.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Failed, HarnessError, Interrupted, unknown
from harness.foreign_errors import boundary
from harness.machine import cards, end, ended_within, how_ended, stopped_by_sigterm, tell, terminal, why_killed
from harness.training.processes.lock import held
from harness.training.processes.together import LAUNCHER, share_accumulation

SHIPPED = {name: Path(__file__).parent / "accelerate" / f"{name}.yaml" for name in ("ddp", "fsdp-qlora")}
"""Configurations of accelerate by the name that --accelerate knows them by."""
_LOOK = 0.1
"""Seconds between two looks at the processes."""
_GRACE = 5.0
"""Seconds that the processes have to end by themselves, and again after they were told to."""


@dataclass(frozen=True)
class Launch:
    """So many processes, and the environment by which accelerate knows what they are to be."""

    count: int
    environment: Mapping[str, str]


def launch_training(
    settings: Mapping[str, Any], folder: Path, count: int | None, configuration: str | None, arguments: Sequence[str]
) -> None:
    """Trains in `folder` with all processes; a batch that they cannot share is refused before they are started.

    `settings` are the training's arguments, `arguments` those of the command that each process is.
    """
    launch = plan_launch(count, configuration)
    share_accumulation(settings, launch.count)
    with held(folder) as lock, stopped_by_sigterm():
        run_launch(launch, arguments, lock)


def plan_launch(count: int | None, configuration: str | None) -> Launch:
    """What accelerate makes of its configuration (ddp where none is named) on this machine."""
    path = _find(configuration or "ddp")
    # Private, but the one place where accelerate turns its file into the environment that it reads again.
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_multi_gpu_env

    processes = ["--num_processes", str(count)] if count else []
    given = ["--config_file", str(path), *processes, "--main_process_port", "0", "-m", "harness"]
    with boundary(f"accelerate does not read {path}", ValueError, TypeError, KeyError, lines=None):
        arguments, _, _ = _validate_launch_command(launch_command_parser().parse_args(given))
    if (arguments.num_machines or 1) > 1 or not (arguments.multi_gpu or arguments.use_fsdp):
        raise HarnessError(
            f"{path} is not for DDP or FSDP on one machine, which is all that --processes starts. For others: "
            f"accelerate launch --config_file {path} -m harness train …"
        )
    if arguments.num_processes < 2:
        raise HarnessError("One process needs no launcher: leave --accelerate out, or give --processes 2 or more.")
    _check_devices(arguments.num_processes, arguments.use_fsdp)
    return Launch(arguments.num_processes, prepare_multi_gpu_env(arguments))


def run_launch(launch: Launch, arguments: Sequence[str], lock: int) -> None:
    """Runs the command in all processes to its end; they hold the lock of that descriptor as long as they live."""
    from torch.distributed import TCPStore

    # Here rather than in a process of its own: a port that is bound already cannot be taken by another.
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    reading, writing = os.pipe()
    try:
        environment = {**launch.environment, **_meeting(launch.count, store.port), LAUNCHER: str(writing)}
        with _started(launch.count, arguments, environment, (lock, writing)) as processes:
            codes = _wait(processes)
        os.set_blocking(reading, False)
        _conclude(codes, _last_words(reading))
    finally:
        os.close(reading)
        os.close(writing)


def _find(name: str) -> Path:
    path = SHIPPED.get(name, Path(name))
    if not path.is_file():
        unknown("accelerate configuration", name, SHIPPED, "Or give a file that accelerate config wrote.")
    return path


def _check_devices(count: int, sharded: bool) -> None:
    found = cards()
    if sharded and not found:
        raise HarnessError("FSDP needs GPUs, and there is none here. Without them: --accelerate ddp")
    if sharded and not all(card.has_bf16 for card in found):
        raise HarnessError("FSDP-QLoRA shards 4-bit weights as bfloat16, which this GPU lacks. Take --accelerate ddp")
    if any(card.is_part for card in found):
        raise HarnessError(
            f"{found[0].name} is a part of a GPU, of which a process sees one only, and processes that train together "
            "need each other's. Leave --processes away."
        )
    if 0 < len(found) < count:
        enough = f"Give --processes {len(found)}" if len(found) > 1 else "Leave --processes away."
        raise HarnessError(f"{count} processes need a GPU each, and there are {len(found)}. {enough}")


def _meeting(count: int, port: int) -> dict[str, str]:
    """Where the processes find each other: at a store that is here already, as torchrun's are told."""
    found = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }
    if sys.platform == "linux":
        # gloo would ask for the address of the machine's name, which need not have one.
        found["GLOO_SOCKET_IFNAME"] = os.environ.get("GLOO_SOCKET_IFNAME", "lo")
    return found


@contextmanager
def _started(
    count: int, arguments: Sequence[str], environment: Mapping[str, str], descriptors: tuple[int, ...]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes, in this one's group and tethered to it: whatever ends it ends them, and none is left behind."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        # Extended one by one: where one does not start, those before it are ended.
        processes.extend(
            subprocess.Popen(
                [sys.executable, "-m", "harness.machine.child", str(os.getpid()), *arguments],
                env={**environment, "RANK": str(index), "LOCAL_RANK": str(index)},
                # What libraries have to say on stdout they say once.
                stdout=subprocess.DEVNULL if index else terminal(1),
                stderr=terminal(),
                pass_fds=descriptors,
            )
            for index in range(count)
        )
        yield processes
    finally:
        end(processes, patience=_GRACE, grace=_GRACE)


def _wait(processes: Sequence[subprocess.Popen[bytes]]) -> list[int | None]:
    """Exit statuses when all are done, or when one has failed: the others would wait for it in vain.

    Asked to end, we wait until they have saved what they have trained; asked again, no longer.
    """
    try:
        return _ended(processes)
    except KeyboardInterrupt as asked:
        # A terminal tells all of its group; one who asked only us means them too. By the other of both signals: the
        # same one a second time would end them at once.
        if not ended_within(processes, 1.0):
            tell(processes, signal.SIGINT if asked.args else signal.SIGTERM)
        return _ended(processes)


def _ended(processes: Sequence[subprocess.Popen[bytes]]) -> list[int | None]:
    while None in (codes := [process.poll() for process in processes]) and not any(codes):
        time.sleep(_LOOK)
    return codes


def _last_words(pipe: int) -> list[dict[str, Any]]:
    """What the processes that failed said, the first one's first."""
    text = b""
    try:
        while block := os.read(pipe, 65536):
            text += block
    except BlockingIOError:
        pass
    return [json.loads(line) for line in text.splitlines()]


def _conclude(codes: Sequence[int | None], said: Sequence[Mapping[str, Any]]) -> None:
    """Nothing where all went well; else how the first that failed said it did, or how it ended without a word."""
    failed = [(index, code) for index, code in enumerate(codes) if code]
    if not failed:
        return
    # One that was killed says nothing, and those that lost it say that they have.
    killed = [each for each in failed if each[1] < 0 and each[0] not in {row["index"] for row in said}]
    if said and not killed:
        if said[0]["status"] == 130:
            raise Interrupted(str(said[0]["said"]))
        raise Failed(str(said[0]["said"]), int(said[0]["status"]))
    index, code = (killed or failed)[0]
    why = f" {why_killed(code)}".rstrip()
    raise HarnessError(
        f"Process {index} of {len(codes)} {how_ended(code)}, and the others were stopped.{why} The same command goes "
        "on from the last checkpoint."
    )
