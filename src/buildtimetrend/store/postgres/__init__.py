"""PostgreSQL, and Citus, which spreads the builds over machines: several processes may write."""
