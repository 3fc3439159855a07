"""A sweep's trainings on a Ray cluster: a task each, whose node may die at any time.

harness sweep sweep.yaml --executor ray --address 10.0.0.1:6379 --store s3://bucket/sweeps
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import said
from harness.machine import connected
from harness.store import CURVES, Json, write_text
from harness.sweep import Job, Ledger, Places, Show, Sweep, Sweeping, log_path, see_through
from harness.sweep.ray.exchange import Store, open_store
from harness.sweep.ray.remote_training import Errand, errands, fetch
from harness.sweep.ray.worker import train_away

_LOOK = 0.2
"""Seconds between two looks at the tasks."""
_GRACE = 20.0
"""Seconds that tasks have to end their trainings before their workers are killed."""


def train_on_ray(sweeping: Sweeping, places: Places, show: Show) -> dict[str, str]:
    """Trains what neither this folder nor the store has yet; of each training that failed every time, its last line."""
    ledger = Ledger(sweeping.jobs, sweeping.folder, sweeping.sweep.retries)
    store = _store(places, sweeping.folder)
    with connected(_address(places)) as ray:
        demand = _demand(ray, sweeping.sweep)
        asked = errands(ledger.waiting, store, demand["num_gpus"] > 0)
        work = _Work(ray, ledger, asked, store, demand, places.jobs)
        try:
            return see_through(ledger, work, show, _LOOK)
        finally:
            work.stop()


def _address(places: Places) -> str | None:
    address = places.address or os.environ.get("RAY_ADDRESS")
    if address and "://" in address:
        raise HarnessError(
            f"{address} is an address for Ray's client, through which a sweep cannot follow its trainings. Give "
            "the cluster's own address (HOST:6379), or run the sweep on its head node with --address auto."
        )
    return address


def _store(places: Places, folder: Path) -> Store:
    store = open_store(places.store or str((folder / "store").absolute()))
    if store.one_process_only:
        raise HarnessError(f"{places.store} is seen by one process only. Give a shared disk or an object store.")
    return store


def _demand(ray: Any, sweep: Sweep) -> dict[str, float]:
    """What a training needs of a node."""
    has_gpus = ray.cluster_resources().get("GPU", 0) > 0
    gpus = sweep.gpus if sweep.gpus is not None else float(has_gpus)
    return {"num_cpus": sweep.cpus or 1, "num_gpus": gpus}


class _Work:
    """The tasks that are under way."""

    def __init__(
        self,
        ray: Any,
        ledger: Ledger,
        asked: dict[str, Errand],
        store: Store,
        demand: dict[str, float],
        at_a_time: int | None,
    ) -> None:
        self._ray = ray
        self._ledger = ledger
        self._asked = asked
        self._store = store
        self._at_a_time = at_a_time
        # Retries are ours: Ray's own would not be written down, and would end with this process.
        self._task = ray.remote(max_retries=0, num_returns="streaming", **demand)(_train_on_node)
        self._under_way: dict[Any, Job] = {}

    def hand_out(self) -> None:
        """Asks the cluster for what waits; what an earlier sweep left finished in the store is only brought home."""
        room = None if self._at_a_time is None else self._at_a_time - len(self._under_way)
        for job in self._ledger.take(room):
            if self._is_there(job):
                self._ledger.fetched(job)
                continue
            self._ledger.queued(job)
            self._under_way[self._task.remote(self._asked[job.name])] = job

    def _is_there(self, job: Job) -> bool:
        try:
            return fetch(job, self._asked[job.name], self._store)
        except HarnessError:
            # It is trained again, and takes the place of what is there.
            return False

    def collect(self) -> None:
        """Takes note of all that the tasks have told since the last time."""
        while self._under_way:
            tasks = list(self._under_way)
            ready, _ = self._ray.wait(tasks, num_returns=len(tasks), timeout=0, fetch_local=False)
            if not ready:
                return
            for task in ready:
                self._hear(task)

    def stop(self) -> None:
        """Cancels what is still under way: each training ends, its checkpoints in the store."""
        for task in self._under_way:
            self._ray.cancel(task)
        deadline = time.monotonic() + _GRACE
        while self._under_way and time.monotonic() < deadline:
            ready, _ = self._ray.wait(list(self._under_way), timeout=_LOOK, fetch_local=False)
            for task in ready:
                self._hear(task, stopping=True)
        for task, job in self._under_way.items():
            self._ray.cancel(task, force=True)
            self._ledger.stopped(job)
        self._under_way = {}

    def _hear(self, task: Any, stopping: bool = False) -> None:
        job = self._under_way[task]
        errors = self._ray.exceptions
        try:
            event = self._ray.get(next(task))
        except errors.NodeDiedError as error:
            del self._under_way[task]
            self._ledger.lost(job, _line(error))
        except (errors.RayError, HarnessError, StopIteration) as error:
            del self._under_way[task]
            if stopping:
                self._ledger.stopped(job)
            else:
                self._ledger.ended(job, error=_line(error))
        else:
            self._heard(task, job, event)

    def _heard(self, task: Any, job: Job, event: Json) -> None:
        _write_news(job, self._ledger.folder, event)
        if event["event"] == "started":
            self._ledger.started(job, **{key: event[key] for key in ("node", "node_id", "pid", "from_step")})
        elif event["event"] == "ended":
            del self._under_way[task]
            error = self._bring_home(job) if event["code"] == 0 else None
            self._ledger.ended(job, event["code"], error)

    def _bring_home(self, job: Job) -> str | None:
        """What is wrong with it; None where it is in its folder now."""
        try:
            return (
                None if fetch(job, self._asked[job.name], self._store) else "It ended, and the store does not have it."
            )
        except HarnessError as error:
            return str(error)


def _train_on_node(errand: Errand) -> Iterator[Json]:
    import ray

    node = ray.get_runtime_context().get_node_id()
    for event in train_away(errand):
        yield {**event, "node_id": node}


def _write_news(job: Job, folder: Path, event: Json) -> None:
    """What was told of a training, where a training on this machine would have left it."""
    if said := event.get("log"):
        path = log_path(folder, job.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as log:
            log.write(said)
    if curves := event.get("curves"):
        write_text(job.folder / CURVES, curves.decode("utf-8", "replace"))


def _line(error: BaseException) -> str:
    """What went wrong on the other machine, without Ray's account of how it got here."""
    return said(getattr(error, "cause", None) or error)
