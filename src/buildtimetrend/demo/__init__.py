"""CI systems to try the service on and to test it against. Everything that they say is simulated.

`server.SimulatedTravis` starts one of them, as `SimulatedGitHub` and `SimulatedGitLab` do;
`python -m buildtimetrend.demo.server travis|github|gitlab` runs it as a process of its own.
"""
