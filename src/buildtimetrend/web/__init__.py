"""All that is served over HTTP; `app.py` lists the routes. Root: what the rooms share, and what CIs call."""
