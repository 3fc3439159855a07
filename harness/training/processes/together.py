"""The processes that train one adapter together: who this one is, and how they come to one decision.

A launcher, accelerate's or ours, says in RANK and WORLD_SIZE who is who. A training without one is one process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from harness.errors import HarnessError, OutOfMemory

LAUNCHER = "HARNESS_LAUNCHER"
"""Names the descriptor that our own launcher reads the last words of its processes from."""
_PATIENCE = 1800.0
"""Seconds, as in TRL's ddp_timeout, after which a process gives up waiting for the others."""
# A write of at most so many bytes to a pipe is never mixed with another process's.
_WHOLE = 4096
Value = TypeVar("Value")


def started_count() -> int:
    """How many processes a launcher has started for one training; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "LOCAL_RANK" in os.environ else 1


def is_main() -> bool:
    """Whether this is the process that writes and speaks for all."""
    return started_count() == 1 or os.environ.get("RANK", "0") == "0"


def check_count(asked: int | None) -> None:
    """Refuses a number of processes that is not the one that a launcher has started."""
    if asked not in (None, started_count()):
        raise HarnessError(
            f"{started_count()} processes were started for this training, and --processes asks for {asked}. "
            "Leave it out under a launcher: it starts them itself."
        )


@dataclass(frozen=True)
class Processes:
    """This process among those that train together; what is asked of all must be called by all."""

    count: int = 1
    index: int = 0
    sharded: bool = False
    """Whether FSDP splits the model among them, so that none holds all of it."""

    @property
    def is_main(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.index == 0

    @property
    def kind(self) -> str | None:
        """How accelerate spreads the training; None for one process."""
        return None if self.count == 1 else "FSDP" if self.sharded else "DDP"

    def any(self, flag: bool) -> bool:
        """Whether it is so in one of them."""
        if self.count == 1:
            return flag
        import torch
        from accelerate import PartialState

        found = torch.tensor(int(flag), device=PartialState().device)
        torch.distributed.all_reduce(found, op=torch.distributed.ReduceOp.MAX)
        return bool(found.item())

    def gather(self, value: Value) -> list[Value]:
        """Everybody's, in the order of the processes."""
        if self.count == 1:
            return [value]
        from accelerate.utils import gather_object

        found: list[Value] = gather_object([value])
        return found

    def from_main(self, make: Callable[[], Value]) -> Value:
        """What the main process makes, for all of them; its refusal is everybody's."""
        if self.count == 1:
            return make()
        from accelerate.utils import broadcast_object_list

        told: list[Any] = [None, None]
        if self.is_main:
            try:
                told[0] = make()
            except (HarnessError, OSError) as error:
                told[1] = error
        broadcast_object_list(told)
        if told[1] is not None:
            raise told[1]
        made: Value = told[0]
        return made


def join_processes(patience: float | None = None) -> Processes:
    """The processes that a launcher has started for this training, met and ready."""
    if started_count() == 1:
        return Processes()
    import torch
    from accelerate import DistributedType, PartialState

    state = PartialState(cpu=not torch.cuda.is_available(), timeout=timedelta(seconds=patience or _PATIENCE))
    asked = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    # Without GPUs accelerate passes over FSDP in silence.
    sharded = asked and state.distributed_type != DistributedType.MULTI_CPU
    return Processes(state.num_processes, state.process_index, sharded)


def leave_processes(processes: Processes) -> None:
    """Parts from the others when all is done."""
    if processes.count > 1:
        import torch

        torch.distributed.destroy_process_group()


def share_accumulation(arguments: Mapping[str, Any], count: int) -> int:
    """Batches that each of `count` processes takes a step, so that the global batch is one process's; else refuses.

    The first `count` batches of a step go to the processes in turn, and so on: each step is shown the same rows.
    """
    steps = int(arguments.get("gradient_accumulation_steps", 1))
    if steps % count == 0:
        return steps // count
    batch = int(arguments.get("per_device_train_batch_size", 8))
    total = batch * steps
    shared = next((n for n in range(count, total + 1, count) if total % n == 0), None)
    mend = (
        f"The same global batch of {total}: --set per_device_train_batch_size={total // shared} "
        f"--set gradient_accumulation_steps={shared}"
        if shared
        else f"A global batch of {total} cannot be shared by {count}: give a --processes that divides it."
    )
    raise HarnessError(
        f"{count} processes cannot share gradient_accumulation_steps={steps} evenly: each takes its part of the "
        f"batches of a step. {mend}"
    )


def tell_launcher(said: str, status: int) -> bool:
    """Whether a launcher of ours listens: it says what the first failed process ended with, for all."""
    pipe = os.environ.get(LAUNCHER)
    if pipe is None:
        return False
    index = int(os.environ.get("RANK", "0"))
    while len(row := json.dumps({"index": index, "said": said, "status": status}).encode() + b"\n") > _WHOLE:
        said = said[: len(said) * 3 // 4]
    try:
        os.write(int(pipe), row)
    except OSError:
        return False
    return True


def speaks(error: BaseException) -> bool:
    """Whether this process says how it ended: a refusal and an interruption are everybody's, and said once."""
    # Memory runs out in one of them alone.
    return is_main() or isinstance(error, OutOfMemory) or not isinstance(error, HarnessError | KeyboardInterrupt)
