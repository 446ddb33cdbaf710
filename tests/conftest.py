"""A PostgreSQL of its own for every run of the tests, and settings that touch nothing outside it.

The controller alone starts the server; the workers of xdist get its address by the environment. Its data is a cold
copy of a template made once for each set of migrations, so that `migrate` finds nothing to do.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as settings_of_hypothesis

from bluestamp.engine import queue
from tests import postgres_of_tests
from tests.cast import *  # noqa: F403
from tests.postgres_of_tests import Place

PLACE = "BLUESTAMP_TESTS_PLACE"
# How quick the machine is, is no test's business: `make bench` measures.
settings_of_hypothesis.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings_of_hypothesis.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the controller, and point Django at it in every process."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        os.environ[PLACE] = json.dumps(postgres_of_tests.begin(Path(config.rootpath)).as_words())
    if PLACE in os.environ:
        _point_django_at(Place.from_words(json.loads(os.environ[PLACE])))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and throw its data away, in the controller."""
    if not hasattr(config, "workerinput") and PLACE in os.environ:
        postgres_of_tests.end(Place.from_words(json.loads(os.environ.pop(PLACE))))


def _point_django_at(place: Place) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    data_dir = Path(place.folder) / f"data-{worker}"
    settings.DATABASES["default"] |= {
        "HOST": place.host,
        "NAME": "bluestamp",
        "USER": "bluestamp",
        "PASSWORD": "",
        "PORT": "",
    }
    settings.DATABASES["default"]["OPTIONS"] = {}
    settings.DATABASES["default"].setdefault("TEST", {}).update(
        NAME="test_bluestamp", TEMPLATE=postgres_of_tests.TEMPLATE
    )
    settings.BLUESTAMP_DATA_DIR = data_dir
    settings.STATIC_ROOT = Path(place.folder) / "static"
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.SECRET_KEY = "the tests' own key, which signs nothing outside them"
    settings.BLUESTAMP_ENCRYPTION_KEYS = ["dGhlIHRlc3RzJyBvd24ga2V5LCB0aGlydHktdHdvIGI="]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _leave_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits: empty the tables that are no models of ours, which Django's flush leaves alone."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = (marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames
    if commits:
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE engine_cache, engine_tick, procrastinate_jobs, procrastinate_workers CASCADE"
            )


@pytest.fixture
def work_off() -> Callable[[], int]:
    """Run the tasks that are due, in this process and transaction, until none is; answers how many ran."""

    def run() -> int:
        ran = 0
        while found := _take_a_due_task():
            name, arguments = found
            queue.TASKS[name].run(**arguments)
            ran += 1
            assert ran < 500, f"{name} asks for itself without end"
        return ran

    return run


def _take_a_due_task() -> tuple[str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM procrastinate_jobs WHERE id = (
                   SELECT min(id) FROM procrastinate_jobs
                   WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp()))
               RETURNING task_name, args::text"""
        )
        row = cursor.fetchone()
    return (row[0], json.loads(row[1])) if row else None


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """The data folder, empty before and after."""
    folder = Path(settings.BLUESTAMP_DATA_DIR)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
