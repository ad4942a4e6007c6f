"""Terms to bytes to arrays: segments, commits, merges. Knows documents, not queries."""
