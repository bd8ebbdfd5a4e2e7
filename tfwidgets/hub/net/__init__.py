"""How the search asks a hub: pages, kept answers, and leave for those who wait no longer."""
