"""Budgets: what share of builds must pass, or stay within a time; and whether it is used up too fast."""
