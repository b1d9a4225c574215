"""compute: where work runs."""
