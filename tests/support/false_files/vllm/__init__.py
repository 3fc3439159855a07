"""There to be found, and as far as an opening gets."""

raise ModuleNotFoundError("No module named 'vllm'", name="vllm")
