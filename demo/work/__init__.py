"""Who computes: the server's own process answers, worker processes compute, cheap answers before dear ones."""
