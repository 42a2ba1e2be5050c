"""What only a command runs: training, export, measuring, rendering. Nothing else in the repository imports it."""
