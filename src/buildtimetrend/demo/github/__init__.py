"""The simulated GitHub: what its REST API says of Actions, with its limits, and its webhooks."""
