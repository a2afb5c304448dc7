"""Where the series of a pipeline changed, each change as a move."""
