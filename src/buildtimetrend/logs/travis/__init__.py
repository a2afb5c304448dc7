"""Job logs of Travis CI, by the marks that it puts into them."""
