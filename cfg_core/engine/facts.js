// Written by cfg_core/facts.py: change nothing here.
export const FAINTEST = -80.0;
export const DENSITY_W = [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0];
export const LONGEST = 480;
export const BOUNDS = {"components": 8, "classes": 3, "mean": 20.0, "sd": [0.05, 10.0], "weight": [0.01, 100.0]};
