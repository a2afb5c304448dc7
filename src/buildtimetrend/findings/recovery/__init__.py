"""Whether a finding is over: from which build on what it is about is as before."""
