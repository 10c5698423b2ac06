"""scrub837: finds in an 837P what will be rejected, denied or audited, and corrects what is safe."""

__version__ = "0.1.0"
