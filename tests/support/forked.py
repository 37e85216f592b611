"""Processes of their own, forked from one that has imported everything already: a start takes no second."""

import multiprocessing
import os
import subprocess
import sys

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "boto3",
        "matplotlib.backends.backend_svg",
        "matplotlib.figure",
        "matplotlib.style",
        "scipy.optimize",
        "scipy.stats",
        "tuner.apply",
        "tuner.tuning",
        "tuner.gating",
        "tuner.cli.main",
        "tuner.platforms.aws.platform",
        "tuner.reporting.html.page",
        "tuner.reporting.report",
        "tuner.rollout.conducting",
    ]
)


def run_command_line(arguments, *, cwd, environment, folder, timeout):
    """`tuner ARGUMENTS` in a process of its own, finished; `folder` is for what it prints."""
    printed = [folder / name for name in ("stdout", "stderr")]
    process = start_command_line(arguments, cwd=cwd, environment=environment, streams=[os.devnull, *printed])
    process.join(timeout)
    if process.is_alive():
        process.kill()
        raise subprocess.TimeoutExpired(arguments, timeout)
    out, err = (path.read_text(encoding="utf-8") for path in printed)
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def start_command_line(arguments, *, cwd, environment, streams):
    """The process of `tuner ARGUMENTS`, started; `streams` are the paths of stdin, stdout and stderr."""
    process = CONTEXT.Process(
        target=_command_line, args=(list(arguments), str(cwd), dict(environment), list(map(str, streams)))
    )
    process.start()
    return process


def start_tuning(target, *, environment, folder, **options):
    """The process of `tuner.tune(target, **options)`, started."""
    process = CONTEXT.Process(
        target=_tune, args=(target, options, dict(environment), str(folder)), daemon=True
    )
    process.start()
    return process


def start_rollout(plan, *, environment, folder):
    """The process of a rollout, started; its waits take no time."""
    process = CONTEXT.Process(target=_roll_out, args=(plan, dict(environment), str(folder)), daemon=True)
    process.start()
    return process


def _command_line(arguments, cwd, environment, streams):
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(path, (writing if number else os.O_RDONLY) | os.O_NOCTTY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open to the end
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115 - open to the end
    sys.argv = ["tuner", *arguments]
    from tuner.cli.main import main

    main()


def _tune(target, options, environment, folder):
    os.environ.update(environment)
    os.chdir(folder)
    import tuner

    tuner.tune(target, **options)


def _roll_out(plan, environment, folder):
    os.environ.update(environment)
    os.chdir(folder)
    from tuner.platforms.aws.api import Api
    from tuner.rollout.conducting import RealClock, Rollout

    class Impatient(RealClock):
        def sleep(self, seconds):
            pass

    Rollout(Api(plan.connection), plan, clock=Impatient()).run()
