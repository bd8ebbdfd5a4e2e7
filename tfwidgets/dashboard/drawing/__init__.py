"""Charts as SVG, for where there is no JavaScript."""
