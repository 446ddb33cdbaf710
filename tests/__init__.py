"""Tests of Bluestamp, by kind; see docs/tests in CONTRIBUTING."""
