"""Training in front of a visitor: who trains what (rooms), and what a run shows (runs)."""
