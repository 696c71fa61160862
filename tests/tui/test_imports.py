"""How the modules of the whole package hang together."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp


def test_no_module_imports_itself_by_any_way_round() -> None:
    """Not even for a type: what two modules need of each other is a third one's noun."""
    graph = grimp.build_graph("bisonwatch", cache_dir=None, exclude_type_checking_imports=False)
    knows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(knows).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from error
