"""Claim: an hour of one core, and the laptop's Drama plays CrazyClimber better than chance."""

from mbrl_lite.claims.atari import claim, measure

CLAIM = claim("CrazyClimber", "a player at random scores 10,781 on average")

__all__ = ["CLAIM", "measure"]
