"""A synthetic world: all eight files in the portal's form at any scale, and the truth about them.

Everything follows from (seed, scale, week). Start at `world.write_world`.
"""
