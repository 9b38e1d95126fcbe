"""What staff see of conversations and language models."""
