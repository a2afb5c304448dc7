"""Changes by statements that every engine runs: claims, signs of life, Keen.io's outbox, summaries."""
