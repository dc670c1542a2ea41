"""A small load generator: keep-alive connections, requests prepared as bytes, one at a time per connection.

It speaks to 127.0.0.1 with a Host header (Python doesn't resolve *.localhost) and reads no more of an answer than it needs
to find its end. A closed loop: each connection sends the next request when the answer is there.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Result:
    """Latencies in seconds, wall time, answers by status."""

    seconds: float
    latencies: list[float]
    statuses: Counter[int] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        """Latency in milliseconds at this share (0.5 = median)."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


def request(method: str, host: str, path: str, *, token: str = "", body: bytes = b"", headers: str = "") -> bytes:
    """One request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json", "User-Agent: balai-bench"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if headers:
        lines.append(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def from_somewhere(dice: random.Random) -> str:
    """The header by which a proxy names the asker's address, here any of 16 million."""
    return f"X-Forwarded-For: 36.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


async def _connection(port: int, waiting: Iterator[bytes], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for raw in waiting:
            begun = time.perf_counter()
            writer.write(raw)
            status = await read_answer(reader)
            result.latencies.append(time.perf_counter() - begun)
            result.statuses[status] += 1
    finally:
        writer.close()
        await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> int:
    """Status of the next answer, its body read and dropped."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in lower:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[9:12])


async def _run(port: int, requests: Sequence[bytes], connections: int) -> Result:
    result = Result(0.0, [])
    waiting = iter(requests)
    begun = time.perf_counter()
    async with asyncio.timeout(600), asyncio.TaskGroup() as group:
        for _ in range(min(connections, len(requests))):
            group.create_task(_connection(port, waiting, result))
    result.seconds = time.perf_counter() - begun
    return result


def run(port: int, requests: Sequence[bytes], *, connections: int = 4) -> Result:
    """Send every request once over this many connections."""
    return asyncio.run(_run(port, requests, connections))
