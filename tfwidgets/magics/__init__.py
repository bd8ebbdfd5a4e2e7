"""What every magic shares: its argument line, variables, completion, short errors."""
