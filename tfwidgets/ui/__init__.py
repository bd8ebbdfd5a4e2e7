"""What every result and widget shares: words, progress, static output, the live view."""
