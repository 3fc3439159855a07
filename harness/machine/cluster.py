"""A Ray cluster: connected to, or started on this machine, and let go of again."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed

_ANSWERS_WITHIN = 5.0
"""Seconds that a cluster has to take a connection; Ray itself would try for a minute."""


@contextmanager
def connected(address: str | None = None) -> Iterator[Any]:
    """The module `ray`, connected; None takes RAY_ADDRESS, else the cluster that runs here, else one started for this.

    A connection that this process has already is used and kept. One line is the refusal where Ray is not installed, or
    nothing answers at the address.
    """
    ray = _installed()
    if ray.is_initialized():
        yield ray
        return
    wanted = address or os.environ.get("RAY_ADDRESS") or None
    if wanted is not None:
        _refuse_silent(wanted)
    before = signal.getsignal(signal.SIGTERM)
    try:
        _connect(ray, wanted)
        # Ray puts a handler of its own in the place of the one that stops a sweep in an orderly way.
        signal.signal(signal.SIGTERM, before)
        yield ray
    finally:
        ray.shutdown()
        signal.signal(signal.SIGTERM, before)


def _installed() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Without this, Ray says on every start that it will treat CUDA_VISIBLE_DEVICES differently one day.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    with needed("ray", "A cluster"):
        import ray
    return ray


def _connect(ray: Any, address: str | None) -> None:
    # A dashboard is the cluster's own matter; one that is started for a single command needs none.
    options = {} if address not in (None, "local") else {"include_dashboard": False}
    what = f"No Ray cluster {f'at {address}' if address else 'on this machine'}"
    # Connections that fail and time out are OSErrors.
    with boundary(what, OSError, RuntimeError, ValueError, ImportError, advice="Start one with: ray start --head"):
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **options)


def _refuse_silent(address: str) -> None:
    """Asks for a plain connection first: a wrong address is to be told at once."""
    host, colon, port = address.rpartition("://")[2].partition("/")[0].rpartition(":")
    if not colon or not port.isdigit():
        # auto, local: Ray knows at once.
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWERS_WITHIN).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise HarnessError(
            f"No Ray cluster answers at {address} ({reason}). `ray status` on its head node says where it listens; "
            "start one with: ray start --head"
        ) from None
