"""Pages of the documentation that are made from the code, so that they can't disagree with it."""
