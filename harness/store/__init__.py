"""What lies on disk between stages: run folders, trainings' folders, JSON written in one step, names of files.

The only room that reads and writes manifest.json and certificate.json; a machine without torch can open it.
From below: errors, records, resources.
"""

from harness.store.files import (
    Json,
    append_jsonl,
    read_json,
    read_jsonl,
    sync_file,
    write_json,
    write_jsonl,
    write_text,
)
from harness.store.places import (
    PIN,
    PUSHES,
    REFERENCES,
    RUNS,
    SWEEPS,
    TRAININGS,
    WATCHES,
    WEIGHTS,
    check_name,
    move_aside,
)
from harness.store.run import AnswerKey, RunFolder, find_run, list_runs, own_prompt, tuples
from harness.store.training_folder import (
    COMPLETE,
    Checkpoint,
    TrainingFolder,
    checkpoint_step,
    find_training,
    finished_checkpoint,
)

__all__ = [
    "AnswerKey",
    "COMPLETE",
    "Checkpoint",
    "Json",
    "PIN",
    "PUSHES",
    "REFERENCES",
    "RUNS",
    "RunFolder",
    "SWEEPS",
    "TRAININGS",
    "TrainingFolder",
    "WATCHES",
    "WEIGHTS",
    "append_jsonl",
    "check_name",
    "checkpoint_step",
    "find_run",
    "find_training",
    "finished_checkpoint",
    "list_runs",
    "move_aside",
    "own_prompt",
    "read_json",
    "read_jsonl",
    "sync_file",
    "tuples",
    "write_json",
    "write_jsonl",
    "write_text",
]
