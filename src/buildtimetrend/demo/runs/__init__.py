"""What GitHub and GitLab have in common: workflows with jobs that need one another, run again in part."""
