"""The simulated Travis CI: its API in two versions, the storage host of its logs, its notifications."""
