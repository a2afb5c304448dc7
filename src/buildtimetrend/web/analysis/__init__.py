"""What pages and API show alike, reckoned from the store's rows: figures, comparisons, what is usual."""
