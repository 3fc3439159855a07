"""Trains LoRA adapters with DPO and ORPO, asks base and adapters the same questions, and says what the tuning did."""
