"""nbval runs notebooks as Jupyter does: with a history.

Without one, its default, IPython cannot see the `;` at the end of a cell, and every figure comes out twice: once as
the cell's value and once as an open figure.
"""

from nbval.kernel import RunningKernel


def execute_cell_input(self, cell_input, allow_stdin=None):
    """Start a cell and return the id of the request, as in nbval, but with store_history=True."""
    return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input
