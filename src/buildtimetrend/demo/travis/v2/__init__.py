"""The simulated Travis CI's API, version 2."""
