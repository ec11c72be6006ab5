"""Claim: an hour of one core, and the laptop's Drama plays Boxing better than chance."""

from mbrl_lite.claims.atari import claim, measure

CLAIM = claim("Boxing", "a player at random scores 0.1 on average")

__all__ = ["CLAIM", "measure"]
