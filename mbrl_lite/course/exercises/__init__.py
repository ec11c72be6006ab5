"""The exercises: one module for each chapter, chNN.py, with a tuple EXERCISES."""
