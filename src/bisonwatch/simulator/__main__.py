"""`python -m bisonwatch.simulator '{"port": 0}'`: options as JSON, one JSON line on stdout when ready."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict

import orjson
import uvicorn

from bisonwatch import logs
from bisonwatch.errors import BisonwatchError
from bisonwatch.simulator.serve import Ready, SimulatorOptions, serve


def announce(ready: Ready) -> None:
    """Exactly one line, flushed, so that a parent may wait for it."""
    line = orjson.dumps(asdict(ready), option=orjson.OPT_NON_STR_KEYS)
    sys.stdout.write(line.decode() + "\n")
    sys.stdout.flush()


def main() -> int:
    logs.start(to_stderr=True)
    try:
        options = SimulatorOptions(**orjson.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))
        factory = uvicorn.Config("", log_config=None).get_loop_factory()  # uvloop where there is one
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(serve(options, on_ready=announce))
    except (BisonwatchError, TypeError, orjson.JSONDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return getattr(error, "exit_code", 2)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
