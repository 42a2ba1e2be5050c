"""One folder a view: its settings, what is computed, what is drawn, its words, and the specification of them."""
