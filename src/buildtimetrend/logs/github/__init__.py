"""Job logs of GitHub Actions."""
