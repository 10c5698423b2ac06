"""What came back for a batch: answers read, joined to what was sent, and turned into a list of work.

response files - sections -> readers -> answers -.
batches (837P) -> sent claims ------------------- join -> histories -> worklist -> text, JSON, CSV
"""
