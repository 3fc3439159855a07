"""The harness under FSDP without a GPU: accelerate is told that these processes of gloo are those of GPUs.

It splits models among GPUs only; the splitting itself, PyTorch's, works on CPU as well.
"""

from __future__ import annotations

import os

os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"

import torch
from accelerate import DistributedType, PartialState

torch.distributed.init_process_group("gloo")
PartialState._prepare_backend = lambda *_, **__: ("gloo", DistributedType.MULTI_GPU)

from harness.cli import main

main()
