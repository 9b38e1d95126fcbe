"""What stands behind each figure and table of a result: facts, computed from the result's own rows and nothing else."""
