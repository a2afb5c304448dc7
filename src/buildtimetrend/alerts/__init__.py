"""Telling people what changed: messages, the channels that carry them, and the rules of who hears of what."""
