"""Training in several processes, on GPUs or CPUs."""
