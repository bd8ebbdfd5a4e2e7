"""Where models are found: on a hub, in its cache, in folders, among the demos."""
