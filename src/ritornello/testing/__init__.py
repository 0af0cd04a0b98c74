"""How do I test my own part? Conformance kits for the contracts, run on every implementation.

Comes in: an implementation of a contract. Goes out: nothing, or an ``AssertionError`` that says
which promise broke. Each kit is a module named after its room, with a tuple ``CHECKS``.
"""
