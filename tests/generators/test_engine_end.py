"""How an engine's processes ended is known, whoever else waits for them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait

from harness.generators.engine_start import statuses


def test_what_ended_a_process_is_known_while_another_thread_waits_for_it() -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=time.sleep, args=(60,)) for _ in range(3)]
    for process in processes:
        process.start()
    others = [threading.Thread(target=process.join) for process in processes]
    for thread in others:
        thread.start()
    for process in processes:
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        wait([process.sentinel])
    assert statuses(processes) == [-9, -9, -9]
    for thread in others:
        thread.join()
