"""Small working versions of what ConvNets are used for; the chapter "everywhere" runs them.

scenes     canvases with several digits, and stick figures: made images whose right answers are known
detect     a classifier slid over a canvas, non-maximum suppression, precision and recall
segment    a class for every pixel
pose       coordinates instead of scores
pixels     the gradient by the pixels: what a score depends on, and dreams
style      Gram matrices, and an image that is changed until it has those of another
play       a game of catch, a player that plans, a network that imitates it
descent    the step that moves a network against its gradient
"""
