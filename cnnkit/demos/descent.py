"""The step that all the demonstrations take."""


def descend(network, velocities, rate, momentum=0.9):
    """Move each parameter against its gradient, with momentum; `velocities`, one array a parameter, change in place."""
    for parameter, gradient, velocity in zip(network.parameters, network.gradients, velocities, strict=True):
        velocity *= momentum
        velocity -= rate * gradient
        parameter += velocity
