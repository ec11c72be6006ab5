"""The claims of the course: one file each, with `CLAIM` and `measure(settings, seed)`."""
