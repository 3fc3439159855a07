"""Rebuilds the embedded model and everything written from its world: python -m harness.pocket.recipe."""

import time
from itertools import islice

import torch

from harness.pocket import pocket_path
from harness.pocket.corpus import documents
from harness.pocket.datasets import held_out_passages, write_datasets
from harness.pocket.tokenizer import save_tokenizer, train_tokenizer
from harness.pocket.training import MAX_POSITIONS, save_model, train_model

CORPUS_SEED = 1
TOKENIZER_DOCUMENTS = 3000


def main() -> None:
    """Writes the data, trains the tokenizer, then the model."""
    began = time.monotonic()
    # Two threads whatever the machine has: the order of additions, and so the weights, must not depend on it.
    torch.set_num_threads(2)
    for path in write_datasets():
        print(f"wrote {path}")
    held_out = held_out_passages()
    tokenizer = train_tokenizer(islice(documents(CORPUS_SEED, held_out), TOKENIZER_DOCUMENTS))
    folder = pocket_path()
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(tokenizer, folder, MAX_POSITIONS)
    save_model(train_model(tokenizer, documents(CORPUS_SEED, held_out)), folder)
    print(f"wrote {folder} in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
