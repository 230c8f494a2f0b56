"""A real RTMP server with TLS in front of it: Debian's nginx, which records what it is sent."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import trustme

MODULES: Final = Path("/usr/lib/nginx/modules")
_CONFIG: Final = """
load_module {modules}/ngx_rtmp_module.so;
load_module {modules}/ngx_stream_module.so;
worker_processes 1; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 127.0.0.1:{rtmp}; application z {{
    live on; record all; record_path {folder}/recorded; record_unique on; on_publish http://127.0.0.1:{door}/;
    notify_method get; }} }} }}
stream {{ server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem; proxy_pass 127.0.0.1:{rtmp}; }} }}
http {{ access_log off; server {{ listen 127.0.0.1:{door}; location / {{
    if ($args !~ "{key}") {{ return 403; }} return 200; }} }} }}
"""


@dataclass
class RtmpServer:
    """A running server.

    Attributes:
        port: where TLS is spoken.
        folder: of its files.
        authority: who vouches for it.
        process: the server.
    """

    port: int
    folder: Path
    authority: Path
    process: asyncio.subprocess.Process

    @property
    def recorded(self) -> list[Path]:
        """What was pushed, oldest first."""
        return sorted((self.folder / "recorded").iterdir(), key=lambda path: path.stat().st_mtime)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()

    async def record(self) -> Path:
        """The recording, once it is closed."""
        async with asyncio.timeout(10):
            while not (  # noqa: ASYNC110 - it is another process
                self.recorded and "deleteStream" in (self.folder / "error.log").read_text()
            ):
                await asyncio.sleep(0.05)
        return self.recorded[-1]


@asynccontextmanager
async def rtmp_server(folder: Path, *, key: str = "") -> AsyncIterator[RtmpServer]:
    """Serve ``rtmps://localhost:PORT/z``, to those whose address holds the key."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None or not (MODULES / "ngx_rtmp_module.so").exists():
        pytest.skip("nginx with its RTMP module is not installed")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(folder / "cert.pem"), append=True)
    (folder / "recorded").mkdir()
    (folder / "recorded").chmod(0o777)
    rtmp, port, door = _free_ports(3)
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(modules=MODULES, folder=folder, rtmp=rtmp, port=port, door=door, key=key))
    process = await asyncio.create_subprocess_exec(nginx, "-c", str(config), "-p", str(folder), stderr=-3)
    try:
        await _listening(port)
        yield RtmpServer(port, folder, folder / "authority.pem", process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
