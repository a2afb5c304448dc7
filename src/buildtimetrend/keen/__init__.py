"""Keen.io: the old service's events, its protocol over our own data, and Keen.io as sink and source."""
