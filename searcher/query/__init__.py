"""What is asked: text → parsed query → plan → documents and scores.

Empty on purpose: a search of plain words imports only what it needs.
"""
