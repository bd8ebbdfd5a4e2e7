"""What was trained before: the list of runs, and several beside each other."""
