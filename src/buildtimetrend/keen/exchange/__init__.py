"""Keen.io itself, as a sink of our builds and as a source of old ones."""
