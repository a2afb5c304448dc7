"""What one write stores, the commits that many share, and which attempt a build belongs to."""
