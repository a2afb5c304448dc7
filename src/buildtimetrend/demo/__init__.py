"""A Travis CI to try the service on and to test it against. Everything that it says is simulated.

`server.SimulatedTravis` starts it; `python -m buildtimetrend.demo.server` runs it as a process of its own.
"""
