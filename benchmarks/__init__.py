"""Ours and the peer side by side, in one run, as a ratio. ``make bench`` runs all."""
