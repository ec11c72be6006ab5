"""The exercises of chapter 10, one module for each part of it."""

import importlib
import pkgutil

EXERCISES = tuple(
    sorted(
        (
            exercise
            for info in pkgutil.iter_modules(__path__)
            for exercise in importlib.import_module(f"{__name__}.{info.name}").EXERCISES
        ),
        key=lambda exercise: int(exercise.id.split(".")[1]),
    )
)
