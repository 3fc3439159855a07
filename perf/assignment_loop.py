"""What people write for the assignment: load a model and perhaps an adapter, ask one prompt after another, save JSON.

python assignment_loop.py --base MODEL [--adapter FOLDER] --questions FILE --output FILE
"""

import argparse
import json
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Answers every question of the file by one greedy generate() after another, and writes them back."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--adapter")
    parser.add_argument("--questions", required=True, type=Path, help="JSON: a list of id and prompt")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--max-new-tokens", type=int, default=500)
    arguments = parser.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(arguments.base)
    model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32)
    if arguments.adapter:
        model = PeftModel.from_pretrained(model, arguments.adapter)
    model.eval()

    questions = json.loads(arguments.questions.read_text(encoding="utf-8"))
    for question in questions:
        inputs = tokenizer(question["prompt"], return_tensors="pt")
        with torch.no_grad():
            output = model.generate(
                **inputs,
                do_sample=False,
                max_new_tokens=arguments.max_new_tokens,
                pad_token_id=tokenizer.eos_token_id,
            )
        written = output[0][inputs["input_ids"].shape[1] :]
        question["generated_text"] = tokenizer.decode(written, skip_special_tokens=True)
    arguments.output.write_text(json.dumps(questions, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
