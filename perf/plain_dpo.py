"""What a TRL user writes for one DPO training: read pairs, render the prompt, LoRA on every linear layer, train, save.

python plain_dpo.py --base MODEL --data FILE --template FILE --settings FILE --output FOLDER
"""

import argparse
import json
import random
from pathlib import Path

import torch
from datasets import Dataset
from jinja2 import Template
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

SYSTEM = "You are a helpful assistant chatbot."


def main() -> None:
    """Trains one adapter with TRL's own DPOTrainer, and saves it with its trainer state."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--data", required=True, type=Path, help="JSON lines: prompt, chosen, rejected")
    parser.add_argument("--template", required=True, type=Path, help="Jinja: question and system to a prompt")
    parser.add_argument("--settings", required=True, type=Path, help='JSON: {"dpo": {DPOConfig}, "lora": {LoraConfig}}')
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    settings = json.loads(arguments.settings.read_text(encoding="utf-8"))

    tokenizer = AutoTokenizer.from_pretrained(arguments.base)
    model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32)
    template = Template(arguments.template.read_text(encoding="utf-8"))
    with arguments.data.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        row["prompt"] = template.render(system=SYSTEM, question=row["prompt"])
    random.Random(settings["dpo"]["seed"]).shuffle(rows)

    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(output_dir=arguments.output, **settings["dpo"]),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=LoraConfig(task_type="CAUSAL_LM", **settings["lora"]),
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()


if __name__ == "__main__":
    main()
