"""What the assistant may call of the ward analysis. `catalogue.TOOLS` lists it."""
