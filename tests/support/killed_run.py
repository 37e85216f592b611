"""A run in a process that can be killed, forked from one that has imported everything already."""

import multiprocessing
import os

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["boto3", "scipy.optimize", "scipy.stats", "tuner.tuning", "tuner.platforms.aws.platform"]
)


def start(target, *, environment, folder, **options):
    """The process of `tuner.tune(target, **options)`, started."""
    process = CONTEXT.Process(
        target=_tune, args=(target, options, dict(environment), str(folder)), daemon=True
    )
    process.start()
    return process


def _tune(target, options, environment, folder):
    os.environ.update(environment)
    os.chdir(folder)
    import tuner

    tuner.tune(target, **options)
