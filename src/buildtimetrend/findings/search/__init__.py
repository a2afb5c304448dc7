"""The search for findings in a pipeline's builds: in all of them, or in the new ones alone."""
