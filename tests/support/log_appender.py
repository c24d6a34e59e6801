"""A process that appends and says, by one write(2) each, what was acknowledged.

Run as `python -m tests.support.log_appender LOG COUNT PIPELINED`; each line is the JSON of one acknowledgement.
A record's value is its number between `<` and `>`, so that a trace of the disk shows which records a write holds.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from streams.shell.message import Send
from tests.support.logs import open_writer


async def acknowledged(writer, number: int) -> None:
    """One append; the marker goes out after its future has resolved."""
    (position,) = await writer.append([Send("calls", None, b"<%d>" % number, number % 4)])
    line = {"acknowledged": number, "partition": position.partition, "offset": position.offset}
    os.write(1, json.dumps(line).encode() + b"\n")


async def main(path: Path, count: int, pipelined: int) -> None:
    """Appends `count` messages, `pipelined` at a time."""
    writer = open_writer(path)
    os.write(1, b'{"ready": true}\n')
    for start in range(0, count, pipelined):
        await asyncio.gather(*[acknowledged(writer, number) for number in range(start, start + pipelined)])
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
