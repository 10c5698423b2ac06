"""``scrub837 review``: a local web page from a rejected batch to a file ready to send."""
