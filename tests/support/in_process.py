"""The command line in this process: for the many ways of using it wrongly, of which each is the same code."""

from subprocess import CompletedProcess

from tuner.cli.main import _run


def run_here(arguments, capsys):
    """`tuner ARGUMENTS`, finished; the folder and the environment are those of the test."""
    capsys.readouterr()
    arguments = list(map(str, arguments))
    try:
        code = _run(arguments)
    except SystemExit as stop:
        code = stop.code
    printed = capsys.readouterr()
    return CompletedProcess(arguments, code, printed.out, printed.err)
