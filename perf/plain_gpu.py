"""What a TRL user writes for one DPO or ORPO training of a 4-bit base on a GPU: LoRA on an NF4 model, W&B, one save.

python plain_gpu.py dpo --base MODEL --data FILE --template FILE --settings FILE --output FOLDER

Without a GPU the same, in float32.
"""

import argparse
import json
import os
import random
import resource
from pathlib import Path

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"

import torch
from datasets import Dataset
from jinja2 import Template
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import DPOConfig, DPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

METHODS = {"dpo": (DPOConfig, DPOTrainer), "orpo": (ORPOConfig, ORPOTrainer)}


def main() -> None:
    """Trains one adapter on an NF4 base with TRL's own trainer; memory.json has the most bytes that it held."""
    parser = argparse.ArgumentParser()
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--base", required=True)
    parser.add_argument("--data", required=True, type=Path, help="JSON lines: prompt, chosen, rejected")
    parser.add_argument("--template", required=True, type=Path, help="Jinja: question and system to a prompt")
    parser.add_argument(
        "--settings", required=True, type=Path, help='JSON: {"training": {…Config}, "lora": {LoraConfig}}'
    )
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    settings = json.loads(arguments.settings.read_text(encoding="utf-8"))
    config, trainer_class = METHODS[arguments.method]

    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if on_gpu else torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        arguments.base,
        dtype=dtype,
        quantization_config=BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        ),
        device_map={"": 0} if on_gpu else None,
    )
    template = Template(arguments.template.read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in arguments.data.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["prompt"] = template.render(system="", question=row["prompt"])
    random.Random(settings["training"]["seed"]).shuffle(rows)

    trainer = trainer_class(
        model=model,
        args=config(output_dir=str(arguments.output), report_to="wandb", **settings["training"]),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(arguments.base),
        peft_config=LoraConfig(task_type="CAUSAL_LM", **settings["lora"]),
    )
    trainer.train()
    trainer.save_model()
    # Without a GPU: what the process held, which Linux counts in KiB.
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peak = torch.cuda.max_memory_allocated() if on_gpu else resident
    (arguments.output / "memory.json").write_text(json.dumps({"peak_memory_bytes": peak}), encoding="utf-8")


if __name__ == "__main__":
    main()
