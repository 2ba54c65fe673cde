"""Sudden death, full disks, damage and hostile inputs by the hundred: `python -m tests.reliability` prints the figures.

The same functions run with small counts in `tests/test_crash.py` and `tests/test_damage.py`.
"""
