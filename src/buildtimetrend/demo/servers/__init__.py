"""Real servers for demo and tests: private ones on free ports of 127.0.0.1, each with a folder of its own."""
