"""lm-eval's own model class in a process of its own, its parts timed one by one as soon as they end.

python lm_eval_timed.py --model vllm --arguments JSON --tasks FOLDER --task NAME [--task NAME] --output FILE
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

BEGAN = time.time()


def main() -> None:
    """Writes {"ready": seconds to a loaded model, "tasks": {name: {"seconds", "results"}}} after each of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="hf or vllm")
    parser.add_argument("--arguments", required=True, help="JSON: what the class is made with")
    parser.add_argument("--tasks", required=True, type=Path, help="the folder of the tasks")
    parser.add_argument("--task", action="append", required=True)
    parser.add_argument("--batch", default="auto")
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()

    from lm_eval import simple_evaluate
    from lm_eval.api.registry import get_model
    from lm_eval.tasks import TaskManager

    batch = arguments.batch if arguments.batch == "auto" else int(arguments.batch)
    given = {**json.loads(arguments.arguments), "batch_size": batch}
    model = get_model(arguments.model).create_from_arg_obj(given)
    found: dict[str, Any] = {"ready": time.time() - BEGAN, "tasks": {}}
    _write(arguments.output, found)
    manager = TaskManager(include_path=str(arguments.tasks), include_defaults=False)
    for name in arguments.task:
        began = time.time()
        # Without its samples, a task that has no metric but to be timed is refused.
        done = simple_evaluate(model=model, tasks=[name], task_manager=manager, bootstrap_iters=0, log_samples=True)
        figures = {key: value for key, value in done["results"][name].items() if isinstance(value, float | int)}
        found["tasks"][name] = {"seconds": time.time() - began, "results": figures}
        _write(arguments.output, found)


def _write(path: Path, found: Any) -> None:
    path.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
