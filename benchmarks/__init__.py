"""How fast, how large, how hungry: `searcher` beside the engines one could pick instead.

``python -m benchmarks --help`` from the top of a checkout; ``README.md`` here explains
what is measured and how to read it. Not part of the installed package.
"""
