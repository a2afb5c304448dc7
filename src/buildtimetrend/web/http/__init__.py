"""HTTP itself, whatever is asked for: connections, bodies, limits, sign-in, errors, files, templates."""
