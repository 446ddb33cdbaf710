"""Rules about files and names that a reader relies on, and that nothing else would notice."""

from __future__ import annotations

import ast
import re

from tests.house import sources

LONGEST_FILE = 500
LONGEST_FUNCTION = 45
LONGEST_TEST = 60
LONG_FUNCTION = 25
MOST_LONG_FUNCTIONS = 0.04
LONGEST_ROOM_CARD = 10
NAMES_OF_NOTHING = {"utils", "helpers", "misc", "common", "core", "base", "lib", "services", "managers"}
# In pieces, so that this file is not what it looks for.
OF_ONE_MACHINE = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w", "/tm" + r"p/\w"])
)
OF_A_REGISTRY = re.compile(
    "|".join(
        [
            "py" + r"pi\.org",
            "python" + "hosted",
            "npm" + r"js\.",
            "/sim" + "ple/?[\"'\\s]",
            "--index-" + "url",
        ]
    )
)
NOT_OURS_TO_SHORTEN = {"requirements.lock", "requirements-dev.lock", "LICENSE"}


def mentions(pattern: re.Pattern[str]) -> list[str]:
    """Where a tracked file says it."""
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in sources.tracked()
        for number, line in enumerate(sources.lines(path), start=1)
        if pattern.search(line)
    ]


def test_the_repository_knows_no_path_of_the_machine_it_was_written_on() -> None:
    assert mentions(OF_ONE_MACHINE) == []


def test_the_repository_holds_no_address_of_a_package_registry() -> None:
    assert mentions(OF_A_REGISTRY) == []


def test_the_two_patterns_would_find_what_they_look_for() -> None:
    for said in ("cd /wo" + "rk/main", "open('/ro" + "ot/x')", "/ho" + "me/ada", "'/tm" + "p/x'"):
        assert OF_ONE_MACHINE.search(said)
    for said in ("https://py" + "pi.org", "files.python" + "hosted.org", "--index-" + "url x"):
        assert OF_A_REGISTRY.search(said)


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    read_by_people = {".py", ".html", ".css", ".js", ".md", ".sql", ".typ", ".toml"}
    lengths = {
        str(path): len(sources.lines(path))
        for path in sources.tracked()
        if path.suffix in read_by_people
        and path.name not in NOT_OURS_TO_SHORTEN
        and "migrations" not in path.parts
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_fortyfive_lines_and_no_test_than_sixty() -> None:
    too_long = [each for each in sources.functions("bluestamp") if each.lines > LONGEST_FUNCTION]
    too_long += [each for each in sources.functions("tests", "bench") if each.lines > LONGEST_TEST]
    assert [str(each) for each in too_long] == []


def test_hardly_any_function_is_longer_than_twentyfive_lines() -> None:
    lengths = [each.lines for each in sources.functions("bluestamp")]
    assert sum(length > LONG_FUNCTION for length in lengths) / len(lengths) < MOST_LONG_FUNCTIONS


def test_every_module_is_named_after_something() -> None:
    nameless = [
        str(path)
        for path in sources.python("bluestamp")
        if NAMES_OF_NOTHING & {part.removesuffix(".py") for part in path.parts}
    ]
    assert nameless == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in sources.python("bluestamp", "tests", "bench")
        if (sources.ROOT / path).stat().st_size and not ast.get_docstring(sources.tree(path))
    ]
    assert silent == []


def test_a_room_introduces_itself_in_ten_lines_and_holds_nothing_else() -> None:
    for card in (sources.ROOT / "bluestamp").glob("*/__init__.py"):
        path = card.relative_to(sources.ROOT)
        [said] = sources.tree(path).body
        assert isinstance(said, ast.Expr), f"{path} holds more than its card"
        length = (said.end_lineno or 0) - said.lineno + 1
        assert length <= LONGEST_ROOM_CARD, f"{path}: the card has {length} lines"


def test_models_are_defined_on_their_nouns_and_only_named_in_models_py() -> None:
    for path in sources.python("bluestamp"):
        if path.name == "models.py":
            assert not any(isinstance(node, ast.ClassDef) for node in sources.tree(path).body), path


def test_no_function_takes_a_stand_in_by_patching() -> None:
    patching = re.compile("monkey" + "patch|unittest import mo" + "ck|mock" + r"er\b")
    found = [line for line in mentions(patching) if line.startswith("tests")]
    assert found == []


def test_tests_lie_in_packages_so_that_equal_names_do_not_clash() -> None:
    folders = {path.parent for path in sources.python("tests")}
    assert [str(folder) for folder in folders if not (sources.ROOT / folder / "__init__.py").exists()] == []
