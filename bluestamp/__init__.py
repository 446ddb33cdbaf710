"""Bluestamp: the back office of a creative studio, in step with Xero."""
