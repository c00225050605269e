"""Works from the history of the field, run again: one module a work.

madaline      Widrow's group, early 1960s: Madaline Rule I
backprop1986  Rumelhart, Hinton and Williams, 1986: XOR, and T or C by one shared receptive field
autoencoder   Hinton and Salakhutdinov, 2006: deep autoencoders beside principal components
"""
