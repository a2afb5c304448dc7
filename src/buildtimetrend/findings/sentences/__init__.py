"""What a finding says in words. Those of a kind of their own have a `..._sentence.py` beside them."""
