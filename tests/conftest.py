"""A PostgreSQL of its own for every run of the tests, and settings that touch nothing outside it.

The controller alone starts the server; the workers of xdist get its address by the environment. Its data is a cold
copy of a template made once for each set of migrations, so that `migrate` finds nothing to do.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from tests import postgres_of_tests
from tests.postgres_of_tests import Place

PLACE = "BLUESTAMP_TESTS_PLACE"


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
    settings.STATIC_ROOT = data_dir / "static"
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.SECRET_KEY = "the tests' own key, which signs nothing outside them"
    settings.BLUESTAMP_ENCRYPTION_KEYS = ["dGhlIHRlc3RzJyBvd24ga2V5LCB0aGlydHktdHdvIGI="]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rate limits are counted in the cache: no test may inherit another's."""
    yield
    if "transactional_db" in request.fixturenames or "live_server" in request.fixturenames:
        cache.clear()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """The data folder, empty before and after."""
    folder = Path(settings.BLUESTAMP_DATA_DIR)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
