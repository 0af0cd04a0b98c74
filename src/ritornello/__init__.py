"""Personalization for an audio service that knows whether it worked.

Data flows one way through the rooms: intake → events → signals → listeners → models → policies →
surfaces → serve; the only way back is the log. ARCHITECTURE.md draws the house.
"""

__version__ = "0.1.0"
