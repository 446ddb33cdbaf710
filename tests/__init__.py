"""Tests of Bluestamp, by kind: unit, property, integration, contract, browser, house."""
