"""What a build's wall time went by with: the jobs that it waited for, and how those spent the time."""
