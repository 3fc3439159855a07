"""One visit to a card: what has to be proven there, most valuable first, every result kept as soon as it is known."""
