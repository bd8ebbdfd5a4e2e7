"""What becomes of a trained model: a folder, its model card, a repository on the hub."""
