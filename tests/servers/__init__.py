"""Real servers for tests: private ones, on free ports of 127.0.0.1, each in a folder of its own."""
