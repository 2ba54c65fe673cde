"""Readers of inputs: files in, records and findings out. They know nothing of quads or stores."""
