"""How well changes are found: `make eval`. Not part of the package."""
