"""What LocalStack's open edition lacks: one sub-package a service, and the engines behind them.

Nothing here imports the product: the emulator speaks AWS's own interfaces, which is the proof that AWS can take its place.
"""
