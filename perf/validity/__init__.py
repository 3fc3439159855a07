"""Coverage, error and power of every figure where the truth is known: the table behind docs/numbers.md.

python -m perf validity [CLAIM …] [--worlds N] [--state FILE] [--jobs N] [--write]

A claim is an entry of claims.CLAIMS, a function that gives its cells; nothing else has to know of it.
"""
