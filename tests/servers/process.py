"""What tests use of the demo's servers."""

from buildtimetrend.demo.servers.process import Server, accepts, free_ports, wait_until

__all__ = ["Server", "accepts", "free_ports", "wait_until"]
