"""A base of random weights in bfloat16, in shards, and pairs of answers long enough for it.

It writes words of its tokenizer and never ends a text: the head's rows of all other ids are zero, and so are their
logits, which are never the largest of some hundred random ones.

python random_base.py --config FILE --tokenizer FOLDER --answers FILE --pairs N --tokens N --shard BYTES --output FOLDER
"""

import argparse
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, MistralConfig

_DEVIATION = 0.02
_HEAD = "lm_head.weight"
_SEED = 42


def main() -> None:
    """Writes the base in shards, its tokenizer, and pairs whose answers have at least so many tokens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True, type=Path, help="JSON: MistralConfig's sizes")
    parser.add_argument("--tokenizer", required=True, type=Path, help="a model whose tokenizer it gets")
    parser.add_argument("--answers", required=True, type=Path, help="JSON lines: prompt, chosen, rejected")
    parser.add_argument("--pairs", required=True, type=int)
    parser.add_argument("--tokens", required=True, type=int, help="the fewest of an answer")
    parser.add_argument("--shard", required=True, type=int, help="the most bytes of weights in a file, and in memory")
    parser.add_argument("--output", required=True, type=Path, help="model/, pairs.jsonl and skewed.jsonl")
    arguments = parser.parse_args()

    model = arguments.output / "model"
    model.mkdir(parents=True)
    config = MistralConfig(**json.loads(arguments.config.read_text(encoding="utf-8")))
    config.save_pretrained(model)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer / "tokenizer.json"))
    _write_weights(config, model, arguments.shard, _words(tokenizer))
    for file in arguments.tokenizer.glob("tokenizer*.json"):
        shutil.copy(file, model)

    rows = [json.loads(line) for line in arguments.answers.read_text(encoding="utf-8").splitlines()]
    skewed = _skewed(arguments.pairs, arguments.tokens)
    for name, tokens in (("skewed", skewed), ("pairs", [arguments.tokens] * arguments.pairs)):
        pairs = _long_pairs(rows, tokenizer, tokens)
        lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
        (arguments.output / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def _words(tokenizer: Tokenizer) -> list[int]:
    """The ids that stand for text."""
    special = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    return [number for number in range(tokenizer.get_vocab_size()) if number not in special]


def _skewed(count: int, tokens: int) -> list[int]:
    """Lengths of a long-tailed law with that mean (log-normal, deviation 1 of the logarithm), none above twice that."""
    drawn = random.Random(_SEED)
    return [max(8, min(2 * tokens, round(tokens * drawn.lognormvariate(-0.5, 1.0)))) for _ in range(count)]


def _write_weights(config: Any, folder: Path, shard: int, words: Sequence[int]) -> None:
    """Shard by shard, on the GPU where there is one: the whole model is never in memory."""
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in AutoModelForCausalLM.from_config(config).state_dict().items()}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = torch.Generator(device).manual_seed(_SEED)
    weight_map: dict[str, str] = {}
    shards = _split({name: 2 * shape.numel() for name, shape in shapes.items()}, shard)
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        tensors = {name: _tensor(shapes[name], generator) for name in names}
        if _HEAD in tensors:
            said = torch.zeros(len(tensors[_HEAD]), 1, dtype=torch.bfloat16, device=generator.device)
            said[list(words)] = 1
            tensors[_HEAD] *= said
        save_file(tensors, folder / file, {"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
    total = 2 * sum(shape.numel() for shape in shapes.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _tensor(shape: torch.Size, generator: torch.Generator) -> Any:
    # What has one dimension is the scale of a normalization.
    if len(shape) == 1:
        return torch.ones(shape, dtype=torch.bfloat16)
    empty = torch.empty(shape, dtype=torch.bfloat16, device=generator.device)
    return empty.normal_(0.0, _DEVIATION, generator=generator)


def _split(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """The names in their order, in groups of at most so many bytes; one that is larger is a group of its own."""
    groups: list[list[str]] = []
    filled = most
    for name, size in sizes.items():
        if filled + size > most:
            groups.append([])
            filled = 0
        groups[-1].append(name)
        filled += size
    return groups


def _long_pairs(rows: Sequence[Mapping[str, str]], tokenizer: Tokenizer, tokens: Sequence[int]) -> list[dict[str, str]]:
    """A pair for each length, no two alike, whose answers are those of neighbouring rows, joined until long enough."""
    lengths = {
        side: [len(tokenizer.encode(row[side], add_special_tokens=False).ids) for row in rows]
        for side in ("chosen", "rejected")
    }
    return [
        {"prompt": f"{number + 1}. {rows[number % len(rows)]['prompt']}"}
        | {side: _joined([row[side] for row in rows], lengths[side], number, least) for side in lengths}
        for number, least in enumerate(tokens)
    ]


def _joined(texts: Sequence[str], lengths: Sequence[int], first: int, tokens: int) -> str:
    taken: list[str] = []
    length = 0
    while length < tokens:
        place = (first + len(taken)) % len(texts)
        taken.append(texts[place])
        length += lengths[place]
    return "\n".join(taken)


if __name__ == "__main__":
    main()
