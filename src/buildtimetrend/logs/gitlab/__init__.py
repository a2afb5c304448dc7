"""Job traces of GitLab CI."""
