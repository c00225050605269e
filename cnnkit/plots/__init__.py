"""Every figure in the book, one function a figure: it takes data, draws, and returns the Matplotlib figure.

The modules are named after the chapters; `style` holds what they share.
"""
