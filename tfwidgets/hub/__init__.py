"""Find a model: on the hub, in its cache, in folders, among the demo weights."""
