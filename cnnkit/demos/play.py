"""A game of catch: a ball falls and bounces off the walls, and whoever plays moves a paddle below it."""

from typing import NamedTuple

import numpy as np

from .. import networks, training

SIDE = 12
ACTIONS = (-1, 0, 1)  # left, stay, right


class State(NamedTuple):
    """One moment of the game: where the ball and the paddle are, and by how many columns the ball moves a step."""

    row: int
    column: int
    velocity: int
    paddle: int


def start(generator):
    """A ball at the top, somewhere, with a velocity from -3 to 3, and the paddle somewhere at the bottom."""
    column, paddle = generator.integers(0, SIDE, 2)
    return State(0, int(column), int(generator.integers(-3, 4)), int(paddle))


def fall(state):
    """The ball one row further down; at a wall it turns round.

    >>> fall(State(row=0, column=10, velocity=3, paddle=5))
    State(row=1, column=9, velocity=-3, paddle=5)
    """
    column, velocity = state.column + state.velocity, state.velocity
    if not 0 <= column < SIDE:
        column, velocity = (-column if column < 0 else 2 * (SIDE - 1) - column), -velocity
    return state._replace(row=state.row + 1, column=column, velocity=velocity)


def move(state, action):
    """What happens in one step: the paddle goes by `action`, -1, 0 or 1, then the ball falls."""
    return fall(state._replace(paddle=int(np.clip(state.paddle + action, 0, SIDE - 1))))


def plan(state):
    """The move of a player that may run the game ahead: let the ball fall to the bottom, go where it lands.

    >>> plan(State(row=10, column=5, velocity=2, paddle=3))  # it will land in column 7
    1
    """
    paddle = state.paddle
    while state.row < SIDE - 1:
        state = fall(state)
    return int(np.sign(state.column - paddle))


def frame(state):
    """The screen: (12, 12), 1 at the ball and in the bottom row at the paddle."""
    screen = np.zeros((SIDE, SIDE), np.float32)
    screen[state.row, state.column] = screen[SIDE - 1, state.paddle] = 1
    return screen


def game(player, generator):
    """One game, played by player(frames) -> action: all its screens (12, 12, 12), and whether the ball was caught.

    The player gets the last two screens, (2, 12, 12), the older one first, so the paddle stands still at first.
    """
    state = start(generator)
    screens = [frame(state)]
    state = move(state, 0)
    while state.row < SIDE - 1:
        screens.append(frame(state))
        state = move(state, player(np.stack(screens[-2:])))
    return np.array([*screens, frame(state)]), state.column == state.paddle


def lessons(games, seed=0):
    """What the planner does: pairs of screens (N, 2, 12, 12) and the moves 0, 1, 2 for left, stay, right (N,).

    Now and then the paddle is moved at random, so that there are lessons for places where a good player never is.
    """
    generator, screens, moves = np.random.default_rng(seed), [], []
    for _ in range(games):
        before = start(generator)
        state = move(before, 0)
        while state.row < SIDE - 1:
            screens.append(np.stack([frame(before), frame(state)]))
            moves.append(1 + plan(state))
            action = plan(state) if generator.random() < 0.7 else int(generator.integers(-1, 2))
            before, state = state, move(state, action)
    return np.array(screens), np.array(moves)


def train(screens, moves, seed=0):
    """A ConvNet that imitates the moves: screens (N, C, 12, 12), with one channel a screen."""
    layers = [
        networks.Conv2d(screens.shape[1], 8, 3, padding=1),
        networks.ReLU(),
        networks.Linear(8 * SIDE * SIDE, 64),
        networks.ReLU(),
        networks.Linear(64, 3),
    ]
    network = networks.Network(layers, seed=seed)
    training.fit(network, screens, moves, epochs=5, batch_size=20, learning_rate=0.02, seed=seed)
    training.fit(network, screens, moves, epochs=1, batch_size=20, learning_rate=0.004, seed=seed)
    return network


def caught(player, games=200, seed=1):
    """The share of games in which a player, frames (2, 12, 12) -> action, catches the ball."""
    generator = np.random.default_rng(seed)
    return float(np.mean([game(player, generator)[1] for _ in range(games)]))
