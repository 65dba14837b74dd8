"""Online flags on source; functions taken out of the recipes."""

import ast

import pytest
from casapilot.steps.generate.embed import source_of
from casapilot.steps.generate.online import flagged_on_source
from generate_kit import block


def row(start_s, end_s, antennas):
    names = " ".join(f"Antenna_{number}" for number in antennas)
    return (
        f"<row><startTime> {start_s * 1e9:.0f} </startTime><endTime>{end_s * 1e9:.0f}</endTime>"
        f"<antennaId> 1 {len(antennas)} {names} </antennaId></row>"
    )


def flags(folder, *rows):
    (folder / "Flag.xml").write_text(f"<FlagTable>{''.join(rows)}</FlagTable>")
    return flagged_on_source(folder, block().scans)


def test_only_the_time_on_source_counts(tmp_path):
    scan = next(scan for scan in block().scans if "CALIBRATE_BANDPASS" in scan.intents)
    found = flags(tmp_path, row(scan.start_s - 10, scan.start_s + 30, [2, 5]), row(0.0, 100.0, [3]))
    assert found == pytest.approx({2: 30.0, 5: 30.0}, abs=1e-3)


@pytest.mark.parametrize("text", ["", "<FlagTable>", "<F><row><startTime>x</startTime></row></F>"])
def test_a_table_that_cannot_be_read_says_nothing(tmp_path, text):
    (tmp_path / "Flag.xml").write_text(text)
    assert flagged_on_source(tmp_path, block().scans) == {}


def test_without_a_table_there_are_no_online_flags(tmp_path):
    assert flagged_on_source(tmp_path, block().scans) == {}


@pytest.mark.parametrize("name", ["fixsyscaltimes", "tsysspwmap"])
def test_a_function_of_the_recipes_comes_with_all_it_needs_and_nothing_else(name):
    tree = ast.parse("\n".join(source_of(name)))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert name in defined
    assert len({"fixsyscaltimes", "tsysspwmap"} & set(defined)) == 1
    space = {}
    exec(
        compile(ast.Module([n for n in tree.body if not isinstance(n, ast.Import)], []), name, "exec"), space
    )
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    modules = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {"casatools", "numpy"}
    for function in defined:
        code = space[function].__code__
        missing = set(code.co_names) & used - set(space) - set(dir(__builtins__)) - modules
        assert not missing - set(space["__builtins__"]) - attributes(tree), (function, missing)


def attributes(tree):
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
